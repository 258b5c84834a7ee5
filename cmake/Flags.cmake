# Compiler flags, each probed, for every target through letterbox_flags.
include(CheckCCompilerFlag)

option(LETTERBOX_WERROR "Warnings are errors" ON)
set(LETTERBOX_SANITIZE "" CACHE STRING "Sanitizers, as -fsanitize= takes them")

add_library(letterbox_flags INTERFACE)

function(letterbox_flag flag)
  string(MAKE_C_IDENTIFIER "HAVE${flag}" name)
  check_c_compiler_flag(${flag} ${name})
  if(${name})
    target_compile_options(letterbox_flags INTERFACE ${flag})
  endif()
endfunction()

foreach(flag -Wall -Wextra -Wformat=2 -Wshadow -Wstrict-prototypes -Wmissing-prototypes
             -Wpointer-arith -Wwrite-strings -Wundef -Wvla -Wimplicit-fallthrough
             -Wcast-qual -fstack-protector-strong -fstack-clash-protection
             -fcf-protection=full -fno-omit-frame-pointer)
  letterbox_flag(${flag})
endforeach()
if(LETTERBOX_WERROR)
  letterbox_flag(-Werror)
endif()

if(LETTERBOX_SANITIZE)
  target_compile_options(letterbox_flags INTERFACE
    -fsanitize=${LETTERBOX_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(letterbox_flags INTERFACE -fsanitize=${LETTERBOX_SANITIZE})
elseif(NOT CMAKE_BUILD_TYPE STREQUAL "Debug")
  target_compile_options(letterbox_flags INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3
                                                   -ftrivial-auto-var-init=zero)
endif()
target_link_options(letterbox_flags INTERFACE -Wl,-z,relro,-z,now,-z,noexecstack)

# Only ui/screen/ may include curses: everywhere else the header is a poisoned one.
function(letterbox_without_curses target)
  target_include_directories(${target} BEFORE PRIVATE ${CMAKE_SOURCE_DIR}/cmake/without-curses)
endfunction()
