#include "audit/keys/mldsa.hpp"

#include <set>

#include <gtest/gtest.h>

#include "base/crypto.hpp"
#include "base/encoding.hpp"

namespace entente::audit {
namespace {

// Wycheproof (C2SP/wycheproof of August 2026), mldsa_44_sign_seed_test.json, test 1: the seed is 32 bytes 0x2a, the
// message "Hello world". Of the public key its SHA-256.
constexpr std::string_view message = "Hello world";
constexpr std::string_view published_key = "d87f8ca136ac1aa55e2d6c4521680efb3a378cbb9bc0bfb446e9c60893931ea3";
constexpr std::string_view published_signature =
    "Gqacte01IEU08l9AoX6w12f4mB9efOxG078yUr/HjgnQLvDILabd6XNhHISUcokBBhWMsV/6bKiRYV6IjvoNLYoSG3XKRAIorTKZG+NCSWIPFY/9"
    "b3TXsDv5GSGM4lm1AICOwVfq1ntWt56eZgfq+5InuKMK2+wIfTW8GuwvGgxN0Sbfz7n78L10+x4JJJX6mUq1p80TMygar+g0aUptwR6InHYrVkVj"
    "jhct+rMGADHrzcH9RV1d5gUL9xsHSk3TSvXr8VSHZR8PE+XTzuIxubNHgQv8QYGW351yMXgMCRcbmq5zK+onoWSdjAMiD0F+MKAWsIzLHVXJM3tI"
    "EuIOBFI/XSmnYKAbOoDXYoVSEgZIHuHkTfCadpE7pUrlDI65c6PO1zlQ+/OcTAwSYqIWghpEIHLBDMgoOaxXuJhBG+noEPiTJyolRv99HZIPFGIQ"
    "78K0UovJigmaOYMC0wH8Heoxs9j/eCRqZvaQ71NraOAr1+ojpTeJMN3n8b61F0mJanlE5aQOb7ux92w/2gnjLgpYBiwkysfduMHSy7NSqB4zZCXF"
    "9VEkbbRezQqynayIzev1HGC+vC4nyXT1baEsH+xPV0WFBCm2B/XtfNgh8skfwt2owsjo7CeNGypb9Q7HDFYj/GgbTR3M/5azJMtT/5dHD53hd8IA"
    "aomvjxhgOm1OomJXlGlf55zTAxih52MHpMKjU9seB2rZtgmiSJuUy23YIcOvMQRrt6XUPRkOCfzklp/k6TyDk5deZMstnCKU/EJ+9RkcQJN5KbOw"
    "4bA35rhMwCmdWvK1QQEYv9iO9kka9vISMzkMp6GfFXbmxaEKZzeWkFViB1BHiW46I3n2Tfu8Erm/5kk5wtBe+8X25LXKac4e1LfSXoyDWwYSsz4T"
    "7XqKcjO0s9WO6tC8TIQay2Wl7A7UXiWEwjwqFiOStXicYjWOQDiGTiDBDhDGfZQM54mTF42+s94f6h5Q58KfTX2TjDv+UCKeoEAQLzDVs6ZMuOE0"
    "IAZdVKGsUKdzg73/PK4jQOvxWhVX/eiXAHwbZ9BPGUMcoAyw8I24fpDhZuD0zm/WnG7O8bP3DZ62AbV6e/kxBXwq/i01Z7a77HiRxmRxM4USL914"
    "nB1aipz9SR9AfBbQsMXfxTpoYiCOJkuYG/LdvdHX25cptSZcTDhoqUfJgogLxVt4YVO4nvMyQGezWpKMUSNry+n4YK2e7lZER4+JSp/njSaloX1I"
    "JhLxy5mDuGTm+6hFkcD3O3snkYgZ0hIdSvZA9TPik509oPCqa534CDeoAWWui3V5cVGS6w9synikPYrY16u1bYFuOvLeWbiL/c9nZ6v7BD064kIj"
    "0FABlT+qKSZxxXreH+KJiAdauNFKyYNjQSvWlMQK6FsfEEr80PJapZD1e6T1399hO/hZTj9Uuq399QwIga8kdVkHWKI7fu5yVRPk0eqfRjAVnEJK"
    "KJ8YqYeeXhczkPjmMPbuKmBD2CoZg9yXx6z+o7DAPifoZdgQ0BLa7sKNxFT1kzTt8kYn1DVwHTKf9eaNGbvcpe99XgAgT6lH0I+By2SEyr5gmJ0v"
    "YfvnCUD35PRJs/yxA6iRQ9dLFdcueRPc6Rk6C5xaeyqXvebX85augLS1Zvny5zRbxCzjsAKBjhnw8WQWuFCDLNAiee6NWKOB3qrAmxtNRhP00GaA"
    "XS+upnFuAV/jYcBSbG5GF6OJ/9+TAhPB3AxMkFwxBqdRfc56vqepNBEy+K2Y3j5C9rdYCf/zj27q+5c5jnnVClYiM4djxORaiN3af7h6t/XOxhEJ"
    "/cHF1KFjECdSQfw0F4AopJ/XlYGgXDtphO7NbLm9YKRNpyYA+PJgSk/0V4EmGU+yJpyObnFEdEXo6Av4xgY9u/Kcfe1Yq7wNLu00e/SVtqnL5oWF"
    "pZSqDmWDS/vMzD9r9C/k70LYYjLD+xQS3QtfigSJlY9cO4g794UTN6NbE90rZRdib/LRBkzRib60Akl91riJPUFN3n0dUQGMeoN2ai2KKbgOj0KC"
    "N3MvfuW6h4Fj8KqK9bYFM7TUYho4/cVDg6yzMlteh24hSD7dzGTEGVluZW0VV74xtTDqZgVPedT0p1X57jPIT+1dVS7F4uzNBhz0xLXDwWpwp7rs"
    "zPwgjSQw54Yhya5bDQgJc7Th3wofXAQV2208hfnqkEHpqavd5x1ndqUiqpV/cIsUoz7aEOu6uTu47Ct6BGefOOtE/FWO5pjTxpN+DmR9zomNdZn+"
    "9t4yrk1SrcciRDYQshJlWXVqo288eWlrmb49kI94D8uu8zshVpNjTWPOKgd337vImdK+cu/br7wQrvsmoaY83P2gAjWzTbcjyRYk7l+TkCTf7boI"
    "Y60I9kh2fUH8f9azF8UfSxuH4h4H1IjJQjWB+bva5D5NMrN+goOWBST5pgGrafXNf7AcmopcZP6GNRmh6fNCY5j2kaluF0hJG04gn8oqspSBpnRi"
    "HHl2FLoW+/39GkGE5/hGZ+cg5rzZ3r7zLCueiRpuPAQjFY9TmDjYQT6fxwfVxlsjNotu3JXZw/jiC7uERJkxFhSUVgbBSH70AV0eJg+oI5q6oHG+"
    "VyFjEyvbBu8h4xvg+dS2dHE05IQr7c079TsNbwVGk7xCjppxXVoyp55qPLi4H68sBAh9iBZ1Jjei/hHqyzg0HgJISFYqKdRYXk7lZVLOmx+tQ7ll"
    "o3v/hViSF5DvD0rFW8rEMn0Xg/Xh55vwHpaTS7So9d0GyDu3CyN3GJ1iKhBhAPDL3TjjTAVlkAxhZWEWGzJhhZEz+DiT/rIrC6/ILPTw26/eBkji"
    "+GJg5udHA05cs+zpgIf790F5xjBvDEYLXWCbmzpmdhRy7gudq7XfqHLVxrybM0YaJ7VCe9iDP4dPR57MXwogMEuadarMgkIKh69kadqu9TORrool"
    "Ro5xfcR/Rk/ORaMRR8DE4SrC+DRWfkAFsIJ9E7PsgM2LepB0NuZiTGyKxqgK3TXPoaKIcvtlyz+kaJTRFqBS8Ztf4gx+rRC9JNJ60rVoPymdEZPs"
    "bZ/zN587PjnLmZGDHxlK8gQQhVCNpNy3uHhcvcTgTPTYJtHvShEDbkxYA8Oqp2abTdO8Ev+IiYTpu9rODncqtZMytHMAM0dXZ3V4gI6QkpaXqc7P"
    "1u0bMD1CUHOKl6CqusbZHig6S2lvcYGChJOuyM3P4ers/AInSElXWVutvL/I+gAAAAAAAAAAAAAAAAAAAAAAABIfMj4=";

MldsaKey published() {
  Seed seed;
  seed.fill(0x2a);
  return MldsaKey(seed);
}

TEST(Mldsa, APublishedKeyAndSignature) {
  MldsaKey key = published();
  EXPECT_EQ(to_hex(sha256(as_text(key.public_key()))), published_key);
  EXPECT_TRUE(verify_mldsa(key.public_key(), message, *from_base64(published_signature)));
  EXPECT_FALSE(verify_mldsa(key.public_key(), "Hello world!", *from_base64(published_signature)));
}

TEST(Mldsa, WhatASeedSignsItsKeyOpensAndNoOther) {
  using namespace std::string_view_literals;
  MldsaKey key(Seed{7}), same(Seed{7}), other(Seed{8});
  EXPECT_EQ(key.public_key(), same.public_key());
  EXPECT_NE(key.public_key(), other.public_key());
  for (std::string_view text : {""sv, "one"sv, "\0zero"sv, "a text of several words"sv}) {
    std::string signature = key.sign(text);
    EXPECT_EQ(signature.size(), mldsa_signature_bytes);
    EXPECT_TRUE(verify_mldsa(same.public_key(), text, signature));
    EXPECT_FALSE(verify_mldsa(other.public_key(), text, signature));
  }
  std::set<std::string> hedged{key.sign("one"), same.sign("one"), key.sign("one")};
  EXPECT_EQ(hedged.size(), 3u) << "each is drawn anew";
}

TEST(Mldsa, NoBitOfASignatureOrAKeyCanBeAnother) {
  MldsaKey key = published();
  std::string signature = key.sign(message);
  for (std::size_t at = 0; at < signature.size(); ++at) {
    std::string changed = signature;
    changed[at] = static_cast<char>(changed[at] ^ 1 << at % 8);
    EXPECT_FALSE(verify_mldsa(key.public_key(), message, changed)) << at;
  }
  for (std::size_t at = 0; at < key.public_key().size(); at += 7) {
    MldsaPublicKey changed = key.public_key();
    changed[at] = static_cast<std::uint8_t>(changed[at] ^ 1U << at % 8);
    EXPECT_FALSE(verify_mldsa(changed, message, signature)) << at;
  }
  EXPECT_FALSE(verify_mldsa(key.public_key(), message, ""));
  EXPECT_FALSE(verify_mldsa(key.public_key(), message, signature.substr(1)));
  EXPECT_FALSE(verify_mldsa(key.public_key(), message, signature + '\0'));
}

}  // namespace
}  // namespace entente::audit
