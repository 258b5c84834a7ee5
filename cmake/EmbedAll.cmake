# cmake -DFOLDER=dir -DOUTPUT=file.c -DNAME=symbol -P EmbedAll.cmake
# Writes every JSON file of a folder as a C string of one list, NULL at its end.
file(GLOB inputs ${FOLDER}/*.json)
list(SORT inputs)
set(list "")
foreach(input ${inputs})
  file(READ ${input} text)
  string(REPLACE "\\" "\\\\" text "${text}")
  string(REPLACE "\"" "\\\"" text "${text}")
  string(REPLACE "\n" "\\n\"\n    \"" text "${text}")
  string(APPEND list "    \"${text}\",\n")
endforeach()
file(WRITE ${OUTPUT}
  "/* Made from the presets by cmake/EmbedAll.cmake. */\n#include <stddef.h>\n"
  "extern const char *const ${NAME}[];\nconst char *const ${NAME}[] = {\n${list}    NULL,\n};\n")
