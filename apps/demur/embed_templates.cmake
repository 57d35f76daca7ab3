# embed_templates(output name file...): writes a source file that has each of the files as the text of that name, as
# plugin_templates.hpp declares them. Configuring follows the files.
function(embed_templates output)
  set(code "#include \"plugin_templates.hpp\"\n\nnamespace demur::cli::plugin_templates {\n\n")
  set(pairs ${ARGN})
  while(pairs)
    list(POP_FRONT pairs name file)
    file(READ "${CMAKE_CURRENT_SOURCE_DIR}/plugin_templates/${file}" text)
    string(APPEND code "const std::string_view ${name} = R\"embedded(${text})embedded\";\n")
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS plugin_templates/${file})
  endwhile()
  string(APPEND code "\n}  // namespace demur::cli::plugin_templates\n")
  # Written only if it is another.
  file(GENERATE OUTPUT "${output}" CONTENT "${code}")
endfunction()
