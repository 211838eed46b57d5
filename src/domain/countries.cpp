#include "domain/countries.hpp"

#include <algorithm>

namespace entente {

namespace {

// Two letters each, in order.
constexpr std::string_view all_codes =
    "ADAEAFAGAIALAMAOAQARASATAUAWAXAZBABBBDBEBFBGBHBIBJBLBMBNBOBQBRBSBTBVBWBYBZCACCCDCFCGCHCICKCLCMCNCOCRCUCVCWCXCYCZ"
    "DEDJDKDMDODZECEEEGEHERESETFIFJFKFMFOFRGAGBGDGEGFGGGHGIGLGMGNGPGQGRGSGTGUGWGYHKHMHNHRHTHUIDIEILIMINIOIQIRISITJEJMJO"
    "JP"
    "KEKGKHKIKMKNKPKRKWKYKZLALBLCLILKLRLSLTLULVLYMAMCMDMEMFMGMHMKMLMMMNMOMPMQMRMSMTMUMVMWMXMYMZNANCNENFNGNINLNONPNRNUNZ"
    "OM"
    "PAPEPFPGPHPKPLPMPNPRPSPTPWPYQARERORSRURWSASBSCSDSESGSHSISJSKSLSMSNSOSRSSSTSVSXSYSZTCTDTFTGTHTJTKTLTMTNTOTRTTTVTWTZ"
    "UAUGUMUSUYUZVAVCVEVGVIVNVUWFWSYEYTZAZMZW";

constexpr std::string_view eea[] = {"IS", "LI", "NO", "AT", "BE", "BG", "CY", "CZ", "DE", "DK",
                                    "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT",
                                    "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK"};
constexpr std::size_t not_in_the_union = 3;

}  // namespace

bool is_country(std::string_view code) {
  if (code.size() != 2) return false;
  for (std::size_t at = 0; at < all_codes.size(); at += 2) {
    if (all_codes.substr(at, 2) == code) return true;
  }
  return false;
}

std::span<const std::string_view> countries_of(std::string_view group) {
  if (group == "EEA") return eea;
  if (group == "EU") return std::span(eea).subspan(not_in_the_union);
  return {};
}

std::vector<std::string> expand_groups(const std::vector<std::string>& codes_and_groups) {
  std::vector<std::string> codes;
  for (const std::string& one : codes_and_groups) {
    auto members = countries_of(one);
    if (members.empty()) codes.push_back(one);
    codes.insert(codes.end(), members.begin(), members.end());
  }
  std::ranges::sort(codes);
  auto twice = std::ranges::unique(codes);
  codes.erase(twice.begin(), twice.end());
  return codes;
}

}  // namespace entente
