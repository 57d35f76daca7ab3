#include "learning/arm_moments.hpp"

namespace demur::learning {

void arm_moments::change(const user_counts& counts, std::int64_t sign) {
  const auto values = counts.all();
  auto product = products_.begin();
  for (std::size_t row = 0; row < values.size(); ++row) {
    sums_[row] += sign * values[row];
    for (std::size_t column = row; column < values.size(); ++column) *product++ += sign * values[row] * values[column];
  }
}

void arm_moments::add(const user_counts& counts) {
  ++users_;
  change(counts, 1);
}

void arm_moments::replace(const user_counts& before, const user_counts& after) {
  change(before, -1);
  change(after, 1);
}

user_counts arm_moments::totals() const { return {sums_[0], sums_[1], sums_[2], sums_[3], sums_[4]}; }

double arm_moments::sum(const linear_form& of) const {
  double sum = 0.0;
  for (std::size_t row = 0; row < of.size(); ++row) sum += of[row] * static_cast<double>(sums_[row]);
  return sum;
}

double arm_moments::product(const linear_form& one, const linear_form& other) const {
  double sum = 0.0;
  auto product = products_.begin();
  for (std::size_t row = 0; row < one.size(); ++row) {
    sum += one[row] * other[row] * static_cast<double>(*product++);
    for (std::size_t column = row + 1; column < one.size(); ++column)
      sum += (one[row] * other[column] + one[column] * other[row]) * static_cast<double>(*product++);
  }
  return sum;
}

arm_moments operator+(arm_moments one, const arm_moments& other) {
  one.users_ += other.users_;
  for (std::size_t i = 0; i < one.sums_.size(); ++i) one.sums_[i] += other.sums_[i];
  for (std::size_t i = 0; i < one.products_.size(); ++i) one.products_[i] += other.products_[i];
  return one;
}

void arm_moments::write(record_writer& out) const {
  out.field(users_);
  for (const std::int64_t sum : sums_) out.field(sum);
  for (const std::int64_t sum : products_) out.field(sum);
}

void arm_moments::read(record_reader& in) {
  users_ = in.number();
  for (std::int64_t& sum : sums_) sum = in.number();
  for (std::int64_t& sum : products_) sum = in.number();
}

}  // namespace demur::learning
