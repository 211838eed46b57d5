#include "labels/identifiers.hpp"

#include <algorithm>

#include "labels/check_sums.hpp"

namespace entente::labels {

namespace {

constexpr std::string_view national = "national-id";

constexpr Identifier all_identifiers[] = {
    {"email", "", "an e-mail address", R"([\pL\pN._%+'-]+@[\pL\pN-]+(?:\.[\pL\pN-]+)*\.\pL{2,})", nullptr},
    {"phone", "", "a telephone number", R"((?:\+|00)[1-9](?:[ ().-]{0,2}[0-9]){7,14})", nullptr},
    {"ip-address", "", "an IP address",
     R"([0-9]{1,3}(?:\.[0-9]{1,3}){3}|[0-9A-Fa-f]*:[0-9A-Fa-f:]*:[0-9A-Fa-f:]*(?:\.[0-9.]+)?)", is_ip_address},
    {"iban", "", "a bank account's number", "[A-Z]{2}[0-9]{2}(?:[ -]?[0-9A-Z]){11,30}", is_iban},
    {"payment-card", "", "a payment card's number", "[2-6](?:[ -]?[0-9]){12,18}", is_payment_card},
    // Keys that open something, by the forms that their makers write.
    {"credential", "", "a secret key",
     R"(-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----|AKIA[0-9A-Z]{16}|gh[pousr]_[0-9A-Za-z]{36,}|)"
     R"(github_pat_[0-9A-Za-z_]{22,}|glpat-[0-9A-Za-z_-]{20,}|sk-[0-9A-Za-z_-]{20,}|ent_[0-9A-Za-z_-]{20,}|)"
     R"(xox[abprs]-[0-9A-Za-z-]{10,}|AIza[0-9A-Za-z_-]{35}|hf_[0-9A-Za-z]{30,}|)"
     R"(eyJ[0-9A-Za-z_-]{10,}\.eyJ[0-9A-Za-z_-]{10,}\.[0-9A-Za-z_-]+)",
     nullptr},
    {"be-nrn", national, "a Belgian national number", R"([0-9]{2}\.?[0-9]{2}\.?[0-9]{2}[- ]?[0-9]{3}[. ]?[0-9]{2})",
     is_be_nrn},
    {"ch-ahv", national, "a Swiss social security number", R"(756\.?[0-9]{4}\.?[0-9]{4}\.?[0-9]{2})", is_ch_ahv},
    {"de-idnr", national, "a German tax number", "[1-9][0-9] ?[0-9]{3} ?[0-9]{3} ?[0-9]{3}", is_de_idnr},
    {"es-dni", national, "a Spanish identity number", "(?:[0-9]{8}|[XYZxyz]-?[0-9]{7})[- ]?[A-Za-z]", is_es_dni},
    {"fi-hetu", national, "a Finnish identity code", "[0-3][0-9][01][0-9]{3}[-+A-FU-Y][0-9]{3}[0-9A-Y]", is_fi_hetu},
    {"fr-nir", national, "a French social security number",
     "[1-478][ .]?[0-9]{2}[ .]?[0-9]{2}[ .]?(?:[0-9]{2}|2[ABab])[ .]?[0-9]{3}[ .]?[0-9]{3}[ .]?[0-9]{2}", is_fr_nir},
    {"it-cf", national, "an Italian tax code",
     "(?i:[A-Z]{6}[0-9LMNP-V]{2}[A-EHLMPRST][0-9LMNP-V]{2}[A-Z][0-9LMNP-V]{3}[A-Z])", is_it_cf},
    {"ke-pin", national, "a Kenyan tax number", "A[0-9]{9}[A-Z]", nullptr},
    {"pl-pesel", national, "a Polish identity number", "[0-9]{11}", is_pl_pesel},
    {"ro-cnp", national, "a Romanian personal number", "[1-9][0-9]{12}", is_ro_cnp},
    {"se-pnr", national, "a Swedish identity number", "(?:[0-9]{2})?[0-9]{6}[-+][0-9]{4}", is_se_pnr},
    {"uk-nhs", national, "an NHS number", "[0-9]{3}[ -][0-9]{3}[ -][0-9]{4}", is_uk_nhs},
    {"za-id", national, "a South African identity number", "[0-9]{6} ?[0-9]{4} ?[0-9]{3}", is_za_id},
};

}  // namespace

std::span<const Identifier> identifiers() { return all_identifiers; }

std::vector<const Identifier*> identifiers_named(std::string_view name) {
  std::vector<const Identifier*> out;
  for (const Identifier& one : all_identifiers) {
    if (one.name == name || (!one.group.empty() && one.group == name)) out.push_back(&one);
  }
  return out;
}

std::vector<std::string> names_of_identifiers() {
  std::vector<std::string> names;
  for (const Identifier& one : all_identifiers) {
    names.emplace_back(one.name);
    if (!one.group.empty() && !std::ranges::contains(names, one.group)) names.emplace_back(one.group);
  }
  names.emplace_back(not_text);
  return names;
}

}  // namespace entente::labels
