# SOCI_FOUND, SOCI_VERSION, the target SOCI::core, and SOCI_<backend>_FOUND for sqlite3, postgresql and mysql.
# Backends have no targets: SOCI loads them by name at run time. Debian's libsoci-dev brings no package file of its own.
find_path(SOCI_INCLUDE_DIR soci/version.h)
find_library(SOCI_CORE_LIBRARY soci_core)
mark_as_advanced(SOCI_INCLUDE_DIR SOCI_CORE_LIBRARY)

foreach(backend IN ITEMS sqlite3 postgresql mysql)
  find_library(SOCI_${backend}_LIBRARY soci_${backend})
  mark_as_advanced(SOCI_${backend}_LIBRARY)
  if(SOCI_${backend}_LIBRARY)
    set(SOCI_${backend}_FOUND TRUE)
  else()
    set(SOCI_${backend}_FOUND FALSE)
  endif()
endforeach()

if(SOCI_INCLUDE_DIR)
  file(STRINGS "${SOCI_INCLUDE_DIR}/soci/version.h" version_line REGEX "#define SOCI_VERSION [0-9]+")
  # 400003 is 4.0.3.
  string(REGEX REPLACE ".*SOCI_VERSION ([0-9]+).*" "\\1" number "${version_line}")
  math(EXPR major "${number} / 100000")
  math(EXPR minor "${number} / 100 % 1000")
  math(EXPR patch "${number} % 100")
  set(SOCI_VERSION "${major}.${minor}.${patch}")
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(
  SOCI
  REQUIRED_VARS SOCI_CORE_LIBRARY SOCI_INCLUDE_DIR
  VERSION_VAR SOCI_VERSION
  HANDLE_VERSION_RANGE
  REASON_FAILURE_MESSAGE
    "Demur needs SOCI 4.0, found was \"${SOCI_VERSION}\" (on Debian 12: apt install libsoci-dev).")

if(SOCI_FOUND AND NOT TARGET SOCI::core)
  add_library(SOCI::core UNKNOWN IMPORTED)
  set_target_properties(SOCI::core PROPERTIES IMPORTED_LOCATION "${SOCI_CORE_LIBRARY}"
                                              INTERFACE_INCLUDE_DIRECTORIES "${SOCI_INCLUDE_DIR}")
endif()
