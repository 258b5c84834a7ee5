# `cmake --build … --target pot` collects every marked text into po/letterbox.pot; each
# po/LANGUAGE.po beside it is compiled and installed.
find_program(XGETTEXT xgettext)
find_program(MSGFMT msgfmt)

if(XGETTEXT)
  file(GLOB_RECURSE marked RELATIVE ${CMAKE_SOURCE_DIR} CONFIGURE_DEPENDS
       ${CMAKE_SOURCE_DIR}/src/*.c ${CMAKE_SOURCE_DIR}/ui/*.c)
  add_custom_target(pot
    COMMAND ${XGETTEXT} --language=C --from-code=UTF-8 --keyword=_ --keyword=N_
            --keyword=ngettext:1,2 --sort-by-file --no-location --package-name=letterbox
            --output=${CMAKE_SOURCE_DIR}/po/letterbox.pot ${marked}
    WORKING_DIRECTORY ${CMAKE_SOURCE_DIR} VERBATIM)
endif()

if(MSGFMT)
  file(GLOB languages CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/po/*.po)
  foreach(file ${languages})
    get_filename_component(language ${file} NAME_WE)
    set(catalogue ${CMAKE_BINARY_DIR}/po/${language}/letterbox.mo)
    add_custom_command(OUTPUT ${catalogue}
      COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/po/${language}
      COMMAND ${MSGFMT} --check --output-file=${catalogue} ${file} DEPENDS ${file})
    add_custom_target(letterbox_${language} ALL DEPENDS ${catalogue})
    install(FILES ${catalogue} DESTINATION ${CMAKE_INSTALL_LOCALEDIR}/${language}/LC_MESSAGES)
  endforeach()
endif()
