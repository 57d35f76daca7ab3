# Two export sets: whoever only writes a plugin needs neither the libraries nor what they are built on. The component
# plugin_sdk is all of that, and enough for find_package(demur COMPONENTS plugin):
#     cmake --install build/release --component plugin_sdk --prefix P
include(CMakePackageConfigHelpers)

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/demur")

install(TARGETS demur_plugin EXPORT demur_plugin FILE_SET HEADERS COMPONENT plugin_sdk)
install(TARGETS demur_core demur_web EXPORT demur_libraries FILE_SET HEADERS)
install(EXPORT demur_plugin NAMESPACE demur:: DESTINATION "${package_dir}" FILE demurPluginTargets.cmake
        COMPONENT plugin_sdk)
install(EXPORT demur_libraries NAMESPACE demur:: DESTINATION "${package_dir}" FILE demurLibraryTargets.cmake)

configure_package_config_file(cmake/demurConfig.cmake.in demurConfig.cmake INSTALL_DESTINATION "${package_dir}")
write_basic_package_version_file(demurConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(
  FILES "${CMAKE_CURRENT_BINARY_DIR}/demurConfig.cmake"
        "${CMAKE_CURRENT_BINARY_DIR}/demurConfigVersion.cmake"
        cmake/demur_plugin.cmake
        cmake/demur_plugin.map
  DESTINATION "${package_dir}"
  COMPONENT plugin_sdk)
install(FILES cmake/FindCAF.cmake cmake/FindSOCI.cmake DESTINATION "${package_dir}")
