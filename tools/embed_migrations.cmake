# Writes OUT: the SQL files named in FILES as one table of raw strings, in the order of their names.
set(rows "")
list(SORT FILES)
foreach(file ${FILES})
    get_filename_component(name ${file} NAME)
    file(READ ${file} text)
    string(APPEND rows "    {\"${name}\", R\"sql(${text})sql\"},\n")
endforeach()
file(WRITE ${OUT} "#include \"store/migrations.h\"

namespace weft::store {

const std::vector<Migration>& migrations() {
    static const std::vector<Migration> all{
${rows}    };
    return all;
}

} // namespace weft::store
")
