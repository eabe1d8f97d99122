# Writes OUT, a C++ source with the files of the API reference page (DIR) as text.
set(text "#include \"api/docs_page.h\"\nnamespace weft::api {\n")
foreach(file html css js)
    file(READ ${DIR}/page.${file} content)
    string(APPEND text "const char* const docs_page_${file} = R\"docs_page(${content})docs_page\";\n")
endforeach()
string(APPEND text "} // namespace weft::api\n")
file(WRITE ${OUT} "${text}")
