# cmake -DINPUT=file.json -DOUTPUT=file.c -DNAME=symbol -P Embed.cmake
# Writes a text file as a C string, so that the program holds the very same bytes.
file(READ ${INPUT} text)
string(REPLACE "\\" "\\\\" text "${text}")
string(REPLACE "\"" "\\\"" text "${text}")
string(REPLACE "\n" "\\n\"\n    \"" text "${text}")
get_filename_component(input ${INPUT} NAME)
file(WRITE ${OUTPUT}
  "/* Made from ${input} by cmake/Embed.cmake. */\n"
  "extern const char ${NAME}[];\nconst char ${NAME}[] =\n    \"${text}\";\n")
