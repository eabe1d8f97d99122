#include "http/tls.h"

#include "http/testing.h"
#include "json/json.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/steady_timer.hpp>

#include <fstream>
#include <thread>

#include <openssl/pem.h>

namespace weft::http {

using ::testing::Test;
using weft::testing::Certificate;

// What holds over TLS as in clear is in server_test.cpp and event_stream_test.cpp.

/// A certificate and a key as files of this test.
class Pair {
public:
    explicit Pair(const Certificate& of) { write(of.certificate_pem, of.key_pem); }
    ~Pair() {
        std::remove(certificate.c_str());
        std::remove(key.c_str());
    }
    Pair(const Pair&) = delete;
    void write(const std::string& certificate_pem, const std::string& key_pem) const {
        std::ofstream(certificate) << certificate_pem;
        std::ofstream(key) << key_pem;
    }
    void write(const Certificate& of) const { write(of.certificate_pem, of.key_pem); }

    const std::string certificate =
        "/tmp/weft-test-pair-" + std::to_string(::getpid()) + ".certificate";
    const std::string key = "/tmp/weft-test-pair-" + std::to_string(::getpid()) + ".key";
};

/// "/id" says who asks; "/wait" answers once the client of it is lost.
class TlsTest : public Test {
protected:
    explicit TlsTest(ServerLimits limits = {})
        : server_(io_, [this](Request request) { return answer(std::move(request)); }, limits) {
        address_ = server_.listen("127.0.0.1:0", {.tls = identity_}).value();
        io_.run();
    }
    ~TlsTest() override { server_.stop(); }

    Task<Response> answer(Request request) {
        Response response;
        response.body = request.client + (request.is_secure ? " secure" : " in clear");
        if (request.path != "/wait") co_return response;
        asio::steady_timer timer(co_await asio::this_coro::executor);
        ++waiting_;
        while (co_await request.delivery->look() == Delivery::Fate::waiting) {
            timer.expires_after(milliseconds(1));
            co_await timer.async_wait(asio::as_tuple(asio::deferred));
        }
        ++lost_;
        co_return response;
    }
    RawClient client() { return RawClient(std::string(tls_scheme) + address_); }
    static Answer ask(RawClient& client) {
        client.send("GET /id HTTP/1.1\r\nHost: h\r\n\r\n");
        return client.read_answer();
    }

    Pair pair_{Certificate::loopback()};
    std::shared_ptr<TlsIdentity> identity_ =
        TlsIdentity::load(pair_.certificate, pair_.key).value();
    std::atomic<int> waiting_ = 0;
    std::atomic<int> lost_ = 0;
    IoThreads io_{2};
    Server server_;
    std::string address_;
};

TEST_F(TlsTest, the_request_knows_that_it_came_by_tls) {
    RawClient asking = client();
    EXPECT_EQ(ask(asking).body, "127.0.0.1 secure");
    EXPECT_EQ(asking.serial_number(), 1);
}

TEST_F(TlsTest, a_request_in_clear_is_told_so_and_closed) {
    for (const char* wire : {"GET / HTTP/1.1\r\nHost: h\r\n\r\n", "DELETE /x HTTP/1.1\r\n", "P"}) {
        RawClient in_clear(address_);
        in_clear.send(wire);
        const Answer answer = in_clear.read_answer();
        EXPECT_EQ(answer.status, 400) << wire;
        EXPECT_NE(answer.body.find("speaks HTTPS only"), std::string::npos) << answer.body;
        EXPECT_TRUE(in_clear.at_end());
    }
}

TEST_F(TlsTest, what_is_no_handshake_is_closed) {
    for (const char* wire :
         {"hello\r\n\r\n", "\x16\x03\x01\x00\x05hello", "\x16\x16\x16\x16\x16"}) {
        RawClient nonsense(address_);
        nonsense.send(wire);
        nonsense.read_all(); // an alert, or nothing
    }
    while (server_.connections() > 0) std::this_thread::yield();
}

/// A client that speaks nothing but this version.
bool speaks(const std::string& address, int version) {
    const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(
        SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
    SSL_CTX_set_security_level(context.get(), 0); // or the client refuses old ones itself
    SSL_CTX_set_min_proto_version(context.get(), version);
    SSL_CTX_set_max_proto_version(context.get(), version);
    const std::unique_ptr<BIO, decltype(&BIO_free_all)> bio(BIO_new_ssl_connect(context.get()),
                                                            BIO_free_all);
    BIO_set_conn_hostname(bio.get(), address.c_str());
    return BIO_do_connect(bio.get()) == 1;
}

TEST_F(TlsTest, nothing_older_than_1_2_is_spoken) {
    EXPECT_FALSE(speaks(address_, TLS1_VERSION));
    EXPECT_FALSE(speaks(address_, TLS1_1_VERSION));
    EXPECT_TRUE(speaks(address_, TLS1_2_VERSION));
    EXPECT_TRUE(speaks(address_, TLS1_3_VERSION));
}

TEST_F(TlsTest, a_client_that_says_farewell_before_its_answer_has_lost_it) {
    RawClient leaving = client();
    leaving.send("GET /wait HTTP/1.1\r\nHost: h\r\n\r\n");
    while (waiting_ == 0) std::this_thread::yield();
    leaving.close();
    while (lost_ == 0) std::this_thread::yield();
}

TEST_F(TlsTest, a_pair_that_is_replaced_is_shown_to_new_connections_and_old_ones_go_on) {
    RawClient before = client();
    EXPECT_EQ(ask(before).status, 200);
    EXPECT_FALSE(identity_->has_changed());
    pair_.write(Certificate::another());
    EXPECT_TRUE(identity_->has_changed());
    ASSERT_TRUE(identity_->reload());
    EXPECT_FALSE(identity_->has_changed());
    RawClient after = client();
    EXPECT_EQ(after.serial_number(), 2);
    EXPECT_EQ(ask(after).status, 200);
    EXPECT_EQ(before.serial_number(), 1);
    EXPECT_EQ(ask(before).status, 200);
}

TEST_F(TlsTest, a_pair_that_cannot_be_used_leaves_the_one_before) {
    const Certificate& own = Certificate::loopback();
    const Certificate& other = Certificate::another();
    const std::pair<std::string, std::string> broken[] = {
        {other.certificate_pem, own.key_pem}, {"", own.key_pem}, {own.certificate_pem, "no key"}};
    for (const auto& [certificate, key] : broken) {
        pair_.write(certificate, key);
        EXPECT_TRUE(identity_->has_changed());
        const auto reloaded = identity_->reload();
        ASSERT_FALSE(reloaded);
        EXPECT_EQ(reloaded.error().code, Code::invalid);
        EXPECT_FALSE(identity_->has_changed()) << "it is not tried again before it changes again";
        RawClient asking = client();
        EXPECT_EQ(asking.serial_number(), 1);
    }
    pair_.write(other);
    EXPECT_TRUE(identity_->has_changed());
    EXPECT_TRUE(identity_->reload());
    EXPECT_EQ(client().serial_number(), 2);
}

class StalledTest : public TlsTest {
protected:
    StalledTest() : TlsTest({.handshake_ms_max = milliseconds(40)}) {}
};

TEST_F(StalledTest, a_client_that_stalls_in_the_handshake_is_dropped) {
    RawClient silent(address_);
    RawClient half(address_);
    half.send("\x16\x03\x01\x02");
    EXPECT_TRUE(silent.at_end());
    half.read_all();
    while (server_.connections() > 0) std::this_thread::yield();
}

TEST_F(StalledTest, stop_does_not_wait_for_a_handshake) {
    RawClient half(address_);
    half.send("\x16\x03\x01\x02");
    server_.stop(milliseconds(60'000));
    EXPECT_EQ(server_.connections(), 0);
}

TEST(TlsIdentity, says_which_file_is_wrong_and_how) {
    const Pair pair(Certificate::loopback());
    const auto refused = [&](const std::string& certificate, const std::string& key) {
        const auto loaded = TlsIdentity::load(certificate, key);
        return loaded ? "" : loaded.error().message;
    };
    EXPECT_EQ(refused(pair.certificate, pair.key), "");
    EXPECT_EQ(refused("/nowhere/c.pem", pair.key),
              "The TLS file /nowhere/c.pem cannot be read: No such file or directory.");
    EXPECT_NE(refused(pair.key, pair.key).find("The TLS certificate " + pair.key),
              std::string::npos);
    const std::string other = refused(pair.certificate, Certificate::another().key_file);
    EXPECT_NE(other.find("key values mismatch"), std::string::npos) << other;
}

TEST(TlsIdentity, a_key_with_a_password_is_refused_and_nobody_is_asked) {
    const Pair pair(Certificate::loopback());
    std::FILE* file = std::fopen(pair.key.c_str(), "w");
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"),
                                                                  EVP_PKEY_free);
    auto* word = reinterpret_cast<unsigned char*>(const_cast<char*>("word"));
    PEM_write_PrivateKey(file, key.get(), EVP_aes_128_cbc(), word, 4, nullptr, nullptr);
    std::fclose(file);
    const auto loaded = TlsIdentity::load(pair.certificate, pair.key);
    ASSERT_FALSE(loaded);
    EXPECT_NE(loaded.error().message.find("without a password"), std::string::npos);
}

} // namespace weft::http
