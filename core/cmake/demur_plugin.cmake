# demur_add_plugin(name source...)
#
# A strategy as a library of its own: build/lib/demur/plugins/<name>.so, installed to lib/demur/plugins. It sees the two
# plugin headers, and the world sees one symbol of it.
function(demur_add_plugin name)
  include(GNUInstallDirs)
  set(folder demur/plugins)

  add_library(${name} MODULE ${ARGN})
  target_link_libraries(${name} PRIVATE demur::plugin)
  if(TARGET demur_warnings)
    target_link_libraries(${name} PRIVATE demur_warnings)
  endif()
  if(CMAKE_CXX_COMPILER)
    target_compile_features(${name} PRIVATE cxx_std_17)
  endif()
  set_target_properties(
    ${name}
    PROPERTIES PREFIX ""
               C_VISIBILITY_PRESET hidden
               CXX_VISIBILITY_PRESET hidden
               VISIBILITY_INLINES_HIDDEN ON
               LIBRARY_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/lib/${folder}")
  install(TARGETS ${name} LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}/${folder}")
endfunction()
