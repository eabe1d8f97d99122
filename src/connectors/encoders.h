#pragma once

#include "expr/expr.h"

#include <memory>

/// How values get into the parts of an HTTP request without becoming syntax.
namespace weft::connectors {

/// Percent-encoded, all but letters, digits and -._~, so that a value adds no separator. In the
/// path it must not be empty.
class UrlEncoder final : public expr::Encoder {
public:
    void pass(std::string_view text) override;
    Result<std::string> encode(const json::value& value) override;

private:
    bool in_query_ = false;
};

/// Between the quotes of a JSON string its text, elsewhere a JSON value.
class JsonEncoder final : public expr::Encoder {
public:
    void pass(std::string_view text) override;
    Result<std::string> encode(const json::value& value) override;

private:
    bool in_string_ = false;
    bool after_backslash_ = false;
};

/// Percent-encoded: application/x-www-form-urlencoded.
class FormEncoder final : public expr::Encoder {
public:
    void pass(std::string_view) override {}
    Result<std::string> encode(const json::value& value) override;
};

/// With &, <, >, " and ' as references: XML and HTML, in text and in attributes with quotes.
class MarkupEncoder final : public expr::Encoder {
public:
    void pass(std::string_view) override {}
    Result<std::string> encode(const json::value& value) override;
};

/// As it is.
class PlainEncoder final : public expr::Encoder {
public:
    void pass(std::string_view) override {}
    Result<std::string> encode(const json::value& value) override;
};

/// By a body's media type, in lower case and without parameters.
std::unique_ptr<expr::Encoder> encoder_for(std::string_view media_type);

bool is_json_type(std::string_view media_type);

/// A text as itself, anything else as JSON.
std::string plain_text(const json::value& value);

} // namespace weft::connectors
