#include "labels/check_sums.hpp"

#include <gtest/gtest.h>

namespace entente::labels {
namespace {

struct Numbers {
  const char* name;
  bool (*holds)(std::string_view);
  std::vector<std::string> good, bad;
};

void PrintTo(const Numbers& numbers, std::ostream* out) { *out << numbers.name; }

class CheckSums : public testing::TestWithParam<Numbers> {};

// Good ones are the examples of those who give such numbers out, or of their documents; none is anybody's.
TEST_P(CheckSums, TellsANumberFromAnother) {
  for (const std::string& good : GetParam().good) EXPECT_TRUE(GetParam().holds(good)) << good;
  for (const std::string& bad : GetParam().bad) EXPECT_FALSE(GetParam().holds(bad)) << bad;
}

// Each of the good ones with one digit changed is none.
TEST_P(CheckSums, FindsEachWrongDigit) {
  for (const std::string& good : GetParam().good) {
    for (std::size_t i = 0; i < good.size(); ++i) {
      if (good[i] < '0' || good[i] > '9') continue;
      int others = 0;
      for (char digit = '0'; digit <= '9'; ++digit) {
        std::string changed = good;
        changed[i] = digit;
        others += digit != good[i] && GetParam().holds(changed);
      }
      EXPECT_EQ(others, 0) << good << " at " << i;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, CheckSums,
    testing::Values(
        Numbers{"card",
                is_payment_card,
                {"4111 1111 1111 1111", "5555-5555-5555-4444", "378282246310005", "30569309025904"},
                {"4111 1111 1111", "1234 5678 9012 3452", ""}},
        Numbers{"iban",
                is_iban,
                {"DE89 3704 0044 0532 0130 00", "GB82WEST12345698765432", "SN08 SN01 0015 2000 0485 0000 3035"},
                {"DE89 3704 0044 0532 0130", "DE", ""}},
        Numbers{"nir", is_fr_nir, {"2 55 08 14 168 025 38", "1 85 05 78 006 084 91"}, {"255081416802539", "2"}},
        Numbers{"idnr", is_de_idnr, {"86095742719", "47 036 892 816"}, {"86095742710", "12345678903", "0"}},
        Numbers{"dni", is_es_dni, {"12345678Z", "X-1234567L"}, {"12345678A", "Z"}},
        Numbers{"cf", is_it_cf, {"RSSMRA85T10A562S"}, {"RSSMRA85T10A562T"}},
        Numbers{"pesel", is_pl_pesel, {"44051401359"}, {"44051401358", "44991401359"}},
        Numbers{"hetu", is_fi_hetu, {"131052-308T"}, {"131052-308U", "131352-308T"}},
        Numbers{"pnr", is_se_pnr, {"811228-9874"}, {"811228-9875"}},
        Numbers{"cnp", is_ro_cnp, {"1800101221144"}, {"1800101221145", "1801301221144"}},
        Numbers{"ahv", is_ch_ahv, {"756.9217.0769.85"}, {"756.9217.0769.84"}},
        Numbers{"nhs", is_uk_nhs, {"943 476 5919"}, {"943 476 5918"}},
        Numbers{"za", is_za_id, {"8001015009087"}, {"8001015009088", "8013015009087"}}),
    [](const auto& param) { return param.param.name; });

TEST(CheckSumsOfTheNet, KnowAddressesFromNames) {
  for (const char* good : {"192.0.2.17", "2001:db8::17"}) EXPECT_TRUE(is_ip_address(good)) << good;
  for (const char* bad : {"192.0.2.256", "a::b", "12:30:45", "std::map"}) EXPECT_FALSE(is_ip_address(bad)) << bad;
}

// What is written before a Swedish number's year is in no sum.
TEST(CheckSumsOfSweden, KnowTheCentury) {
  EXPECT_TRUE(is_se_pnr("19811228-9874"));
  EXPECT_FALSE(is_se_pnr("19811228-9875"));
}

TEST(CheckSumsOfBelgium, KnowBothCenturies) {
  EXPECT_TRUE(is_be_nrn("85.07.30-033.28"));
  EXPECT_TRUE(is_be_nrn("17 07 30 033 84"));
  EXPECT_FALSE(is_be_nrn("85.07.30-033.29"));
  EXPECT_FALSE(is_be_nrn("85.13.30-033.28"));
}

}  // namespace
}  // namespace entente::labels
