#include "api/schema.h"

namespace weft::api {

namespace {

constexpr Schema schemas[] = {
    {"ObjectField",
     R"({"type":"object","properties":{"key":{"type":"string"},"keyType":{"type":"string"}}})"},
    {"Column",
     R"({"type":"object","required":["column_name","column_type","column_id"],"properties":{
        "column_name":{"type":"string"},
        "column_type":{"enum":["String","Number","Boolean","Date","Array","Object","Enum","File"]},
        "column_id":{"type":"string"},"array_type":{"type":["string","null"]},"default_value":{},
        "object_fields":{"type":"array","items":{"$ref":"#/components/schemas/ObjectField"}},
        "enum_options":{"type":"array","items":{"type":"string"}},
        "triggers":{"type":"array","items":{"$ref":"#/components/schemas/Free"}}}})"},
    {"ColumnInput", R"({"type":"object","properties":{"column_name":{"type":"string"},
        "column_type":{"type":"string",
            "description":"String, Number, Boolean, Date, Array, Object, Enum or File, any case."},
        "column_id":{"type":"string","description":"Made of the name when absent."},
        "array_type":{"type":["string","null"]},"default_value":{},
        "object_fields":{"type":"array","items":{"$ref":"#/components/schemas/ObjectField"}},
        "enum_options":{"type":"array","items":{"type":"string"}},
        "triggers":{"type":"array","items":{"$ref":"#/components/schemas/Free"}}}})"},
    {"ColumnPatch",
     R"({"type":"object","required":["column_id"],"properties":{"column_name":{"type":"string"},
        "column_type":{"type":"string",
            "description":"String, Number, Boolean, Date, Array, Object, Enum or File, any case."},
        "column_id":{"type":"string","description":"Which column; it stays."},
        "array_type":{"type":["string","null"]},"default_value":{},
        "object_fields":{"type":"array","items":{"$ref":"#/components/schemas/ObjectField"}},
        "enum_options":{"type":"array","items":{"type":"string"}},
        "triggers":{"type":"array","items":{"$ref":"#/components/schemas/Free"}}}})"},
    {"Table",
     R"({"type":"object","required":["_id","table_name","columns","projectID"],"properties":{
        "_id":{"$ref":"#/components/schemas/Id"},"table_name":{"type":"string"},
        "projectID":{"$ref":"#/components/schemas/Id"},
        "columns":{"type":"array","items":{"$ref":"#/components/schemas/Column"}},
        "triggers":{"type":"array","items":{"$ref":"#/components/schemas/Free"}},
        "created_at":{"$ref":"#/components/schemas/Seconds"},
        "updated_at":{"$ref":"#/components/schemas/Seconds"}}})"},
    {"TableList", R"({"type":"array","items":{"$ref":"#/components/schemas/Table"}})"},
    {"TableNames",
     R"({"type":"array","items":{"type":"object","required":["_id","table_name"],"properties":{
        "_id":{"$ref":"#/components/schemas/Id"},"table_name":{"type":"string"}}}})"},
    {"Record", R"({"type":"object","required":["_id","created_at","updated_at"],"properties":{
        "_id":{"$ref":"#/components/schemas/Id"},
            "created_at":{"$ref":"#/components/schemas/Seconds"},
        "updated_at":{"$ref":"#/components/schemas/Seconds"}},"additionalProperties":true})"},
    {"RecordOrRecords", R"({"oneOf":[{"$ref":"#/components/schemas/Record"},
        {"type":"array","items":{"$ref":"#/components/schemas/Record"}}]})"},
    {"Records", R"({"type":"array","items":{"$ref":"#/components/schemas/Record"}})"},
    {"DeletedRecords", R"({"type":"object","required":["deleted_count"],"properties":{
        "deleted_count":{"type":"integer"}}})"},
    {"FieldCounts", R"({"type":"array","items":{"type":"object","required":["field","count"],
        "properties":{"field":{"type":"string"},"count":{"type":"integer"}},
        "additionalProperties":true}})"},
    {"ColumnList", R"({"type":"array","items":{"$ref":"#/components/schemas/Column"}})"},
    {"Storage", R"({"type":"object","required":["projectID","status"],"properties":{
        "projectID":{"$ref":"#/components/schemas/Id"},"status":{"const":"ready"}}})"},
    {"ColumnMapping", R"({"type":"object","required":["mapping"],"properties":{
        "mapping":{"type":"array","items":{"type":"object",
            "required":["csv_header","column_id","column_name","likeness"],"properties":{
            "csv_header":{"type":"string"},"column_id":{"type":["string","null"]},
            "column_name":{"type":["string","null"]},
            "likeness":{"type":"number","description":"From 0 to 1."}}}}}})"},
    {"RecordList", R"({"type":"object","required":["records","total_count"],"properties":{
        "records":{"type":"array","items":{"$ref":"#/components/schemas/Record"}},
        "total_count":{"type":"integer"}}})"},
    {"File", R"({"type":"object","required":["_id","name","status"],"properties":{
        "_id":{"$ref":"#/components/schemas/Id"},"name":{"type":"string"},"size":{"type":"integer"},
        "projectID":{"$ref":"#/components/schemas/Id"},
        "type":{"type":"string"},"tags":{"type":"array","items":{"type":"string"}},
        "status":{"enum":["pending","processing","ready","failed"]},"reason":{"type":["string",
            "null"]},
        "created_at":{"$ref":"#/components/schemas/Seconds"},"pages":{"type":["integer","null"]},
        "chunks":{"type":["integer","null"]}}})"},
    {"TagList", R"({"type":"array","items":{"type":"object","required":["_id","name","count"],
        "properties":{"_id":{"type":"string","description":"The name: tags have no other id"},
        "name":{"type":"string"},"count":{"type":"integer","description":"Of files"}}}})"},
    {"FileList", R"({"type":"object","required":["files","total_count"],"properties":{
        "files":{"type":"array","items":{"$ref":"#/components/schemas/File"}},
        "total_count":{"type":"integer"}}})"},
    {"UploadedFiles",
     R"({"type":"object","required":["files"],"properties":{"files":{"type":"array",
        "items":{"type":"object","required":["_id","filename","upload_url","tags","status"],
            "properties":{
            "_id":{"$ref":"#/components/schemas/Id"},"filename":{"type":"string"},
            "upload_url":{"type":["string","null"]},"tags":{"type":"array",
            "items":{"type":"string"}},
            "status":{"enum":["pending","processing","ready","failed"]}}}}}})"},
};

} // namespace

std::span<const Schema> data_schemas() { return schemas; }

} // namespace weft::api
