# Writes OUT, a C++ source with the files of one of our pages (DIR) as text: NAME_html, NAME_css and NAME_js.
set(text "#include \"api/pages.h\"\nnamespace weft::api {\n")
foreach(file html css js)
    file(READ ${DIR}/page.${file} content)
    string(APPEND text "const char* const ${NAME}_${file} = R\"a_page(${content})a_page\";\n")
endforeach()
string(APPEND text "} // namespace weft::api\n")
file(WRITE ${OUT} "${text}")
