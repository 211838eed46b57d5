#include "api/access.hpp"

#include <gtest/gtest.h>

namespace entente::api {
namespace {

net::Request request(std::string host, std::string origin = {}) {
  net::Request out{.method = "POST", .path = "/v1/chat/completions"};
  out.headers.add("Host", std::move(host));
  if (!origin.empty()) out.headers.add("Origin", std::move(origin));
  return out;
}

const AccessRules rules{.hosts = {"ai.example.org"}, .origins = {"https://intranet.example.org"}};

TEST(Access, OnlyLoopbackNamesAndListedHostsAreAnsweredTo) {
  for (auto host : {"localhost:8080", "LOCALHOST", "127.0.0.1:9", "[::1]:8080", "app.localhost:1", "ai.example.org",
                    "AI.example.org:443"}) {
    EXPECT_TRUE(check_host(request(host), rules)) << host;
  }
  for (auto host :
       {"evil.example", "127.0.0.1.evil.example", "localhost.evil.example:8080", "", "evil-localhost", "[::2]:8080"}) {
    EXPECT_FALSE(check_host(request(host), rules)) << host;
  }
  net::Request local = request("anything");
  local.local_socket = true;
  EXPECT_TRUE(check_host(local, rules));
}

TEST(Access, APageOfAnotherSiteIsRefusedAndAListedOneIsEchoed) {
  EXPECT_TRUE(check_origin(request("localhost:8080"), rules)) << "programs send no Origin";
  EXPECT_TRUE(check_origin(request("localhost:8080", "http://localhost:8080"), rules)) << "the server's own page";
  EXPECT_FALSE(check_origin(request("localhost:8080", "http://localhost:3000"), rules))
      << "another local server's page";
  EXPECT_FALSE(check_origin(request("localhost:8080", "https://evil.example"), rules));
  EXPECT_FALSE(check_origin(request("localhost:8080", "null"), rules));
  EXPECT_TRUE(check_origin(request("ai.example.org", "https://intranet.example.org"), rules));
  EXPECT_EQ(cors_origin(request("ai.example.org", "https://intranet.example.org"), rules),
            "https://intranet.example.org");
  EXPECT_FALSE(cors_origin(request("localhost:8080", "http://localhost:8080"), rules))
      << "same origin needs no permission";
}

TEST(Access, TheSecretComesFromAnyHeaderAnSdkUses) {
  auto with = [](std::string name, std::string value) {
    net::Request r;
    r.headers.add(std::move(name), std::move(value));
    return presented_secret(r);
  };
  EXPECT_EQ(with("Authorization", "Bearer ent_1")->secret, "ent_1");
  EXPECT_EQ(with("authorization", "bearer  ent_1")->secret, "ent_1");
  EXPECT_EQ(with("api-key", "ent_2")->secret, "ent_2");
  EXPECT_EQ(with("X-Api-Key", "ent_3")->secret, "ent_3");
  auto cookie = with("Cookie", "theme=dark; entente_session=ses_4; x=y");
  EXPECT_EQ(cookie->secret, "ses_4");
  EXPECT_TRUE(cookie->by_cookie);
  EXPECT_FALSE(with("Cookie", "xentente_session=ses_4"));
  EXPECT_FALSE(with("Authorization", "Basic abc"));
}

TEST(Access, ACookieAloneChangesNothing) {
  net::Request forged = request("localhost");
  EXPECT_FALSE(check_page_header(forged));
  forged.headers.add("X-Entente-Page", "1");
  EXPECT_TRUE(check_page_header(forged));
  net::Request read = request("localhost");
  read.method = "GET";
  EXPECT_TRUE(check_page_header(read));
}

}  // namespace
}  // namespace entente::api
