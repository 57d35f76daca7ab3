# Installs the tree in BUILD_DIR to a fresh prefix, then builds and runs tests/consumer against that prefix alone.
set(work "${BUILD_DIR}/tests/consumer")
set(prefix "${work}/prefix")
file(REMOVE_RECURSE "${work}")

function(run)
  list(JOIN ARGN " " command)
  message(STATUS "${command}")
  execute_process(COMMAND ${ARGN} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

function(build_against_prefix source folder)
  run("${CMAKE_COMMAND}" -S "${source}" -B "${work}/${folder}" -G "${GENERATOR}" -DCMAKE_BUILD_TYPE=Release
      "-DCMAKE_PREFIX_PATH=${prefix}" "-DCMAKE_INSTALL_PREFIX=${prefix}" ${ARGN})
  run("${CMAKE_COMMAND}" --build "${work}/${folder}")
endfunction()

run("${CMAKE_COMMAND}" --install "${BUILD_DIR}" --prefix "${prefix}")

# As on a machine that has none of what the libraries are built on.
foreach(absent IN ITEMS CAF SOCI Boost fmt spdlog Threads)
  list(APPEND without "-DCMAKE_DISABLE_FIND_PACKAGE_${absent}=ON")
endforeach()
build_against_prefix("${SOURCE_DIR}/always_doubled" plugin_alone ${without})
run("${CMAKE_COMMAND}" --install "${work}/plugin_alone")

build_against_prefix("${SOURCE_DIR}" programs)
foreach(program IN ITEMS embeds_runtime spawns_pipeline serves_itself)
  run("${work}/programs/${program}" "${prefix}/lib/demur/plugins" "${work}/${program}.data")
endforeach()
