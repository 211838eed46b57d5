#include "labels/check_sums.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

#include <arpa/inet.h>

namespace entente::labels {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
int value(char digit) { return digit - '0'; }

// Letters large, digits as they are, the rest left out.
std::string letters_and_digits(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    if (is_digit(c) || (c >= 'A' && c <= 'Z')) out += c;
  }
  return out;
}

// From the right each second digit counts twice, as the sum of its digits.
bool luhn(std::string_view digits) {
  int sum = 0;
  bool twice = false;
  for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit, twice = !twice) {
    int one = value(*digit) * (twice ? 2 : 1);
    sum += one > 9 ? one - 9 : one;
  }
  return sum % 10 == 0;
}

int remainder(std::string_view digits, int of) {
  int left = 0;
  for (char digit : digits) left = (left * 10 + value(digit)) % of;
  return left;
}

template <std::size_t N>
int weighed(std::string_view digits, const std::array<int, N>& weights) {
  int sum = 0;
  for (std::size_t i = 0; i < N; ++i) sum += value(digits[i]) * weights[i];
  return sum;
}

int number(std::string_view digits) {
  int out = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), out);
  return out;
}

bool is_month_and_day(int month, int day) {
  constexpr std::array<int, 12> days = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month >= 1 && month <= 12 && day >= 1 && day <= days[static_cast<std::size_t>(month) - 1];
}

}  // namespace

bool is_payment_card(std::string_view text) {
  std::string digits = letters_and_digits(text);
  if (digits.size() < 13 || digits.size() > 19) return false;
  int two = number(digits.substr(0, 2)), four = number(digits.substr(0, 4));
  bool american = two == 34 || two == 37;
  bool diners = two == 36 || two == 38 || two == 39 || (four >= 3000 && four <= 3059);
  bool visa = digits.front() == '4';
  bool mastercard = (two >= 51 && two <= 55) || (four >= 2221 && four <= 2720);
  bool others = four == 6011 || two == 65 || (four >= 6440 && four <= 6499) || (four >= 3528 && four <= 3589) ||
                two == 62 || four == 5018 || four == 5020 || four == 5038 || four == 6304 || four == 6759 ||
                (four >= 6761 && four <= 6763) || two == 60;  // Discover, JCB, UnionPay, Maestro, Verve and RuPay
  bool long_enough =
      (american && digits.size() == 15) || (diners && digits.size() == 14) || (mastercard && digits.size() == 16) ||
      (visa && (digits.size() == 13 || digits.size() == 16 || digits.size() == 19)) || (others && digits.size() >= 16);
  return long_enough && luhn(digits);
}

bool is_iban(std::string_view text) {
  std::string all = letters_and_digits(text);
  if (all.size() < 15 || all.size() > 34) return false;
  std::ranges::rotate(all, all.begin() + 4);
  std::string digits;
  for (char c : all) digits += is_digit(c) ? std::string(1, c) : std::to_string(c - 'A' + 10);
  return remainder(digits, 97) == 1;
}

bool is_ip_address(std::string_view text) {
  std::string name(text);
  std::array<unsigned char, 16> bytes{};
  if (!name.contains(':')) return inet_pton(AF_INET, name.c_str(), bytes.data()) == 1;
  // "a::b" is an address, too, and more often a name in somebody's program.
  return name.size() > 6 && std::ranges::any_of(name, is_digit) && inet_pton(AF_INET6, name.c_str(), bytes.data()) == 1;
}

bool is_fr_nir(std::string_view text) {
  std::string all = letters_and_digits(text);
  if (all.size() != 15) return false;
  int key = number(std::string_view(all).substr(13));
  // The two departments of Corsica count as 19 and 18.
  if (all[6] == 'A' || all[6] == 'B') {
    all[5] = '1';
    all[6] = all[6] == 'A' ? '9' : '8';
  }
  return std::ranges::all_of(all, is_digit) && 97 - remainder(std::string_view(all).substr(0, 13), 97) == key;
}

bool is_be_nrn(std::string_view text) {
  std::string digits = letters_and_digits(text);
  if (digits.size() != 11) return false;
  int month = number(digits.substr(2, 2)) % 20;  // 20 and 40 more for numbers that are not of the register itself
  bool dated = month == 0 || is_month_and_day(month, std::max(1, number(digits.substr(4, 2))));
  int key = number(digits.substr(9));
  std::string nine = digits.substr(0, 9);
  return dated && (97 - remainder(nine, 97) == key || 97 - remainder("2" + nine, 97) == key);
}

bool is_de_idnr(std::string_view text) {
  std::string digits = letters_and_digits(text);
  if (digits.size() != 11 || digits.front() == '0') return false;
  // Of the first ten, one digit comes twice or three times, and no other more than once.
  std::array<int, 10> times{};
  for (char digit : std::string_view(digits).substr(0, 10)) ++times[static_cast<std::size_t>(value(digit))];
  auto repeated = std::ranges::count_if(times, [](int count) { return count == 2 || count == 3; });
  if (repeated != 1 || std::ranges::any_of(times, [](int count) { return count > 3; })) return false;
  int product = 10;
  for (char digit : std::string_view(digits).substr(0, 10)) {
    int sum = (value(digit) + product) % 10;
    product = (sum == 0 ? 10 : sum) * 2 % 11;
  }
  return (11 - product) % 10 == value(digits.back());
}

bool is_es_dni(std::string_view text) {
  constexpr std::string_view letters = "TRWAGMYFPDXBNJZSQVHLCKE";
  std::string all = letters_and_digits(text);
  if (all.size() != 9) return false;
  if (all.front() >= 'X' && all.front() <= 'Z') all.front() = static_cast<char>(all.front() - 'X' + '0');
  std::string_view digits = std::string_view(all).substr(0, 8);
  return std::ranges::all_of(digits, is_digit) && all.back() == letters[static_cast<std::size_t>(number(digits) % 23)];
}

bool is_it_cf(std::string_view text) {
  // What a letter counts at an odd place; a digit counts as the letter of that number.
  constexpr std::array<int, 26> odd = {1,  0,  5, 7, 9, 13, 15, 17, 19, 21, 2,  4,  18,
                                       20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23};
  std::string all = letters_and_digits(text);
  if (all.size() != 16 || is_digit(all.back())) return false;
  int sum = 0;
  for (std::size_t i = 0; i < 15; ++i) {
    int one = is_digit(all[i]) ? value(all[i]) : all[i] - 'A';
    sum += i % 2 == 0 ? odd[static_cast<std::size_t>(one)] : one;
  }
  return sum % 26 == all.back() - 'A';
}

bool is_pl_pesel(std::string_view text) {
  std::string digits = letters_and_digits(text);
  if (digits.size() != 11) return false;
  // The century is in the month: 80, 0, 20, 40 or 60 more.
  if (!is_month_and_day(number(digits.substr(2, 2)) % 20, number(digits.substr(4, 2)))) return false;
  return weighed(digits, std::array{1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1}) % 10 == 0;
}

bool is_fi_hetu(std::string_view text) {
  constexpr std::string_view signs = "0123456789ABCDEFHJKLMNPRSTUVWXY";
  if (text.size() != 11) return false;
  std::string digits = std::string(text.substr(0, 6)) + std::string(text.substr(7, 3));
  return is_month_and_day(number(digits.substr(2, 2)), number(digits.substr(0, 2))) &&
         text.back() == signs[static_cast<std::size_t>(number(digits) % 31)];
}

bool is_se_pnr(std::string_view text) {
  std::string digits = letters_and_digits(text);
  if (digits.size() == 12) digits.erase(0, 2);
  if (digits.size() != 10) return false;
  int day = number(digits.substr(4, 2));
  if (day > 60) day -= 60;  // a co-ordination number's
  return is_month_and_day(number(digits.substr(2, 2)), day) && luhn(digits);
}

bool is_ro_cnp(std::string_view text) {
  std::string digits = letters_and_digits(text);
  if (digits.size() != 13 || !is_month_and_day(number(digits.substr(3, 2)), number(digits.substr(5, 2)))) return false;
  int sum = weighed(digits, std::array{2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9}) % 11;
  return (sum == 10 ? 1 : sum) == value(digits.back());
}

bool is_ch_ahv(std::string_view text) {
  std::string digits = letters_and_digits(text);
  return digits.size() == 13 && weighed(digits, std::array{1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1}) % 10 == 0;
}

bool is_uk_nhs(std::string_view text) {
  std::string digits = letters_and_digits(text);
  if (digits.size() != 10) return false;
  int check = 11 - weighed(digits, std::array{10, 9, 8, 7, 6, 5, 4, 3, 2}) % 11;
  return check != 10 && check % 11 == value(digits.back());
}

bool is_za_id(std::string_view text) {
  std::string digits = letters_and_digits(text);
  return digits.size() == 13 && is_month_and_day(number(digits.substr(2, 2)), number(digits.substr(4, 2))) &&
         digits[10] <= '2' && luhn(digits);
}

}  // namespace entente::labels
