#pragma once

#include "http/message.h"

namespace weft::api {

/// The files of src/api/docs_page, compiled in: a page that draws /openapi.json in the browser.
extern const char* const docs_page_html;
extern const char* const docs_page_css;
extern const char* const docs_page_js;
/// Of src/api/account_page: signing in and out, and where the links in mails lead.
extern const char* const account_page_html;
extern const char* const account_page_css;
extern const char* const account_page_js;

/// A file of one of them, with a content policy under which it runs and asks nothing but us.
http::Response page_part(const char* media_type, const char* text);

} // namespace weft::api
