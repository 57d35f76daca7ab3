# demur_add_plugin(name source...)
#
# A strategy as a library of its own: build/lib/demur/plugins/<name>.so, installed to lib/demur/plugins. It sees the
# plugin headers, and the world sees one symbol of it.
function(demur_add_plugin name)
  include(GNUInstallDirs)
  set(folder demur/plugins)

  add_library(${name} MODULE ${ARGN})
  demur_set_up_plugin_target(${name})
  set_target_properties(
    ${name}
    PROPERTIES PREFIX ""
               C_VISIBILITY_PRESET hidden
               CXX_VISIBILITY_PRESET hidden
               VISIBILITY_INLINES_HIDDEN ON
               LIBRARY_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/lib/${folder}")
  # The presets do not reach what is made of the standard library's templates.
  if(UNIX AND NOT APPLE)
    set(symbols "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/demur_plugin.map")
    target_link_options(${name} PRIVATE "LINKER:--version-script=${symbols}")
    set_target_properties(${name} PROPERTIES LINK_DEPENDS "${symbols}")
  endif()
  install(TARGETS ${name} LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}/${folder}")
endfunction()

# demur_add_plugin_test(name test_source...)
#
# A plain program of the plugin's own sources and of a test written with <demur/plugin_testing.hpp>, in C++ also where the
# plugin is in C; the ctest entry plugin_<name>, with the label plugin. After demur_add_plugin(name ...).
function(demur_add_plugin_test name)
  get_target_property(folder ${name} SOURCE_DIR)
  get_target_property(sources ${name} SOURCES)
  list(TRANSFORM sources PREPEND "${folder}/" REGEX "^[^/$]")

  add_executable(${name}_test ${ARGN} ${sources})
  demur_set_up_plugin_target(${name}_test)
  set_target_properties(${name}_test PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}")
  add_test(NAME plugin_${name} COMMAND ${name}_test)
  set_tests_properties(plugin_${name} PROPERTIES LABELS plugin TIMEOUT 60)
endfunction()

function(demur_set_up_plugin_target name)
  target_link_libraries(${name} PRIVATE demur::plugin)
  if(TARGET demur_warnings)
    target_link_libraries(${name} PRIVATE demur_warnings)
  endif()
  if(CMAKE_CXX_COMPILER)
    target_compile_features(${name} PRIVATE cxx_std_17)
  endif()
endfunction()
