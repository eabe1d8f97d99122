#include "tests/support/certificate.h"

#include "base/check.h"

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <unistd.h>

namespace weft::testing {

namespace {

using Bio = std::unique_ptr<BIO, decltype(&BIO_free_all)>;

std::string text_of(BIO* bio) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    return {data, static_cast<std::size_t>(size)};
}

void add_extension(X509* certificate, int nid, const char* value) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value);
    CHECK(extension);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

std::string write_temporary(const std::string& text) {
    std::string path = "/tmp/weft-test-ca-XXXXXX";
    const int file = mkstemp(path.data());
    CHECK(file >= 0 &&
          ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    ::close(file);
    return path;
}

Certificate make(long serial_number) {
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"),
                                                                  EVP_PKEY_free);
    const std::unique_ptr<X509, decltype(&X509_free)> made(X509_new(), X509_free);
    CHECK(key && made);
    X509_set_version(made.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(made.get()), serial_number);
    X509_gmtime_adj(X509_getm_notBefore(made.get()), -3600);
    X509_gmtime_adj(X509_getm_notAfter(made.get()), 24 * 3600);
    X509_NAME* name = X509_get_subject_name(made.get());
    const auto* common = reinterpret_cast<const unsigned char*>("weft test server");
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, common, -1, -1, 0);
    X509_set_issuer_name(made.get(), name);
    X509_set_pubkey(made.get(), key.get());
    add_extension(made.get(), NID_basic_constraints, "critical,CA:TRUE");
    add_extension(made.get(), NID_subject_alt_name, "IP:127.0.0.1,DNS:localhost");
    CHECK(X509_sign(made.get(), key.get(), EVP_sha256()) > 0);

    const Bio key_text(BIO_new(BIO_s_mem()), BIO_free_all);
    const Bio certificate_text(BIO_new(BIO_s_mem()), BIO_free_all);
    PEM_write_bio_PrivateKey(key_text.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    PEM_write_bio_X509(certificate_text.get(), made.get());
    Certificate out{text_of(key_text.get()), text_of(certificate_text.get()), "", ""};
    out.ca_file = write_temporary(out.certificate_pem);
    out.key_file = write_temporary(out.key_pem);
    return out;
}

/// Removes the files when the process ends.
struct Held {
    Certificate certificate;
    ~Held() {
        std::remove(certificate.ca_file.c_str());
        std::remove(certificate.key_file.c_str());
    }
};

} // namespace

const Certificate& Certificate::loopback() {
    static const Held held{make(1)};
    return held.certificate;
}

const Certificate& Certificate::another() {
    static const Held held{make(2)};
    return held.certificate;
}

} // namespace weft::testing
