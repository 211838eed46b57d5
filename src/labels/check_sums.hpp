// The sums by which a number shows that it is none of chance. Each takes what has the number's form, with the spaces,
// dots and dashes that people write. Pure, any thread. Sources stand at each.
#pragma once

#include <string_view>

namespace entente::labels {

bool is_payment_card(std::string_view text);  // ISO/IEC 7812: Luhn, and the first digits of the known schemes
bool is_iban(std::string_view text);          // ISO 13616, ISO 7064 mod 97-10
bool is_ip_address(std::string_view text);    // RFC 4291, RFC 791
bool is_fr_nir(std::string_view text);        // numéro de sécurité sociale: mod 97, Corsica's 2A and 2B
bool is_be_nrn(std::string_view text);        // rijksregisternummer: mod 97, with a 2 before it for births from 2000
bool is_de_idnr(std::string_view text);       // Steuer-Identifikationsnummer: ISO 7064 mod 11,10
bool is_es_dni(std::string_view text);        // DNI and NIE: the letter of mod 23
bool is_it_cf(std::string_view text);         // codice fiscale: DM 23 December 1976
bool is_pl_pesel(std::string_view text);      // weights 1, 3, 7, 9 and a date
bool is_fi_hetu(std::string_view text);       // henkilötunnus: mod 31
bool is_se_pnr(std::string_view text);        // personnummer: Luhn and a date
bool is_ro_cnp(std::string_view text);        // cod numeric personal: weights 279146358279, mod 11
bool is_ch_ahv(std::string_view text);        // AHV number: EAN-13
bool is_uk_nhs(std::string_view text);        // NHS number: mod 11
bool is_za_id(std::string_view text);         // South African identity number: Luhn and a date

}  // namespace entente::labels
