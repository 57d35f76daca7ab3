# Installs the tree in BUILD_DIR to fresh prefixes, then builds and runs tests/consumer, and plugins begun with `demur plugin
# new`, against these alone.
cmake_minimum_required(VERSION 3.25)

set(work "${BUILD_DIR}/tests/consumer")
set(prefix "${work}/prefix")
set(sdk_prefix "${work}/sdk_prefix")
file(REMOVE_RECURSE "${work}")

function(run)
  list(JOIN ARGN " " command)
  message(STATUS "${command}")
  execute_process(COMMAND ${ARGN} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

# configure_command(out source folder prefix [option...])
function(configure_command out source folder with_prefix)
  set(${out} "${CMAKE_COMMAND}" -S "${source}" -B "${work}/${folder}" -G "${GENERATOR}" -DCMAKE_BUILD_TYPE=Release
             "-DCMAKE_PREFIX_PATH=${with_prefix}" "-DCMAKE_INSTALL_PREFIX=${prefix}" ${ARGN} PARENT_SCOPE)
endfunction()

function(build_against with_prefix source folder)
  configure_command(configure "${source}" "${folder}" "${with_prefix}" ${ARGN})
  run(${configure})
  run("${CMAKE_COMMAND}" --build "${work}/${folder}")
endfunction()

run("${CMAKE_COMMAND}" --install "${BUILD_DIR}" --prefix "${prefix}")
run("${CMAKE_COMMAND}" --install "${BUILD_DIR}" --component plugin_sdk --prefix "${sdk_prefix}")

# The SDK is headers and a CMake package.
file(GLOB_RECURSE installed LIST_DIRECTORIES false RELATIVE "${sdk_prefix}" "${sdk_prefix}/*")
if(NOT "include/demur/plugin.hpp" IN_LIST installed)
  message(FATAL_ERROR "The component plugin_sdk does not install plugin.hpp; it installs ${installed}.")
endif()
foreach(file IN LISTS installed)
  if(NOT file MATCHES "^include/demur/plugin[a-z_]*\\.hp*$|^lib[^/]*/cmake/demur/demur[A-Za-z_]*(-[a-z]+)?\\.(cmake|map)$")
    message(FATAL_ERROR "The component plugin_sdk installs ${file}; expected plugin headers and the CMake package only.")
  endif()
endforeach()

# A plugin exports one symbol, whatever it is made of.
find_program(nm nm REQUIRED)
file(GLOB plugins "${prefix}/lib*/demur/plugins/*.so")
if(NOT plugins)
  message(FATAL_ERROR "No plugin is installed below ${prefix}.")
endif()
foreach(plugin IN LISTS plugins)
  execute_process(COMMAND "${nm}" -D --defined-only "${plugin}" OUTPUT_VARIABLE symbols COMMAND_ERROR_IS_FATAL ANY)
  if(NOT symbols MATCHES "^[0-9a-f]+ T demur_plugin_entry\n$")
    message(FATAL_ERROR "${plugin} exports\n${symbols}; expected demur_plugin_entry alone.")
  endif()
endforeach()

# As on a machine that has none of what the libraries are built on.
foreach(absent IN ITEMS CAF SOCI Boost fmt spdlog Threads)
  list(APPEND without "-DCMAKE_DISABLE_FIND_PACKAGE_${absent}=ON")
endforeach()
build_against("${sdk_prefix}" "${SOURCE_DIR}/always_doubled" plugin_alone ${without})
run("${CMAKE_COMMAND}" --install "${work}/plugin_alone")

# As `demur plugin new` writes them, they build and pass; the programs below load them with the rest.
foreach(language IN ITEMS c c++)
  string(REPLACE "++" "pp" name "begun_in_${language}")
  run("${prefix}/bin/demur" plugin new "${name}" --language "${language}" --directory "${work}/${name}.source")
  build_against("${sdk_prefix}" "${work}/${name}.source" "${name}" ${without})
  run("${CMAKE_CTEST_COMMAND}" --test-dir "${work}/${name}" --no-tests=error --output-on-failure)
  run("${CMAKE_COMMAND}" --install "${work}/${name}")
endforeach()

# Whoever asks the SDK for the libraries is told what it is.
configure_command(configure "${SOURCE_DIR}" asks_for_more "${sdk_prefix}")
execute_process(COMMAND ${configure} RESULT_VARIABLE failed OUTPUT_QUIET ERROR_VARIABLE said)
string(REGEX REPLACE "[ \n]+" " " said "${said}")
if(NOT failed OR NOT said MATCHES "only the plugin SDK is installed here; expected find_package\\(demur COMPONENTS plugin\\)")
  message(FATAL_ERROR "The SDK alone was asked for the libraries and said: ${said}")
endif()

build_against("${prefix}" "${SOURCE_DIR}" programs)
foreach(program IN ITEMS embeds_runtime spawns_pipeline serves_itself)
  run("${work}/programs/${program}" "${prefix}/lib/demur/plugins" "${work}/${program}.data")
endforeach()
