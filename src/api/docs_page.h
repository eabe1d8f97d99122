#pragma once

namespace weft::api {

/// The files of src/api/docs_page, compiled in: a page that draws /openapi.json in the browser.
extern const char* const docs_page_html;
extern const char* const docs_page_css;
extern const char* const docs_page_js;

} // namespace weft::api
