-- Dislikes as in dislikes.lua, but each connection waits between an answer and the next request: 10 ms on average.
dofile("tests/bench/dislikes.lua")

function delay()
  return math.random(0, 20)
end
