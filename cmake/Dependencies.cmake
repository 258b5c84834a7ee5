# The libraries, each as an imported target.
#
# libetpan is found by name, not by its .pc file: Debian's leaks linker specs that break PIE.
find_package(Threads REQUIRED)

function(letterbox_library target header library)
  string(TOUPPER ${library} upper)
  find_path(${upper}_INCLUDE_DIR ${header} REQUIRED)
  find_library(${upper}_LIBRARY ${library} REQUIRED)
  add_library(${target} UNKNOWN IMPORTED)
  set_target_properties(${target} PROPERTIES
    IMPORTED_LOCATION ${${upper}_LIBRARY}
    INTERFACE_INCLUDE_DIRECTORIES ${${upper}_INCLUDE_DIR})
endfunction()

letterbox_library(Jansson::jansson jansson.h jansson)
letterbox_library(Curl::curl curl/curl.h curl)
letterbox_library(Etpan::etpan libetpan/libetpan.h etpan)
letterbox_library(GnuTLS::gnutls gnutls/gnutls.h gnutls)
letterbox_library(SQLite::sqlite sqlite3.h sqlite3)
letterbox_library(Unistring::unistring unistr.h unistring)
letterbox_library(Curses::ncursesw ncursesw/curses.h ncursesw)
letterbox_library(Curses::tinfo term.h tinfo)
if(BUILD_TESTING)
  letterbox_library(Cmocka::cmocka cmocka.h cmocka)
  letterbox_library(Vterm::vterm vterm.h vterm)
endif()
