// verify_receipt: what a program with entente_verify.hpp does, in little. It says whether a receipt holds and what it
// says; the exit code is 0 when it does, 1 when not (or when what was promised is overdue), 2 when it was not asked
// well.
#include <chrono>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

#include "verifier/entente_verify.hpp"

namespace {

using entente_verify::Standing;

void print(const entente_verify::Attempt& attempt) {
  std::cout << attempt.at << (attempt.refused ? "  refused" : "  sent to " + attempt.deployment)
            << (attempt.provider.empty() ? "" : " (provider " + attempt.provider + ", " + attempt.place + ")") << '\n'
            << "  outcome  " << (attempt.result.empty() ? "none" : attempt.result) << '\n';
  if (!attempt.asked.empty()) std::cout << "  asked    " << attempt.asked << '\n';
  for (const std::string& text : attempt.answer) std::cout << "  answer   " << text << '\n';
}

int print(const entente_verify::Verdict& verdict) {
  if (!verdict.holds) {
    std::cout << "DOES NOT HOLD: " << verdict.why << '\n';
    return 1;
  }
  if (verdict.standing == Standing::included) {
    std::cout << verdict.kind << " holds, under the signed checkpoint of " << verdict.log_size << " entries\n";
  } else {
    std::cout << verdict.kind
              << (verdict.standing == Standing::promised ? " holds, promised for " : " is OVERDUE since ")
              << verdict.promised_by << '\n';
  }
  for (const entente_verify::Attempt& attempt : verdict.attempts) print(attempt);
  if (!verdict.record.empty()) std::cout << verdict.record << '\n';
  return verdict.standing == Standing::overdue ? 1 : 0;
}

}  // namespace

int main(int count, char** arguments) {
  bool held = count == 4 && std::string(arguments[1]) == "--held";
  std::ifstream file(count > 2 ? arguments[count - 2] : "", std::ios::binary);
  if ((count != 3 && !held) || !file) {
    std::cerr << "verify_receipt RECEIPT KEY, or verify_receipt --held FILE KEY: a file, and the log's key "
                 "as NAME+HASH+BASE64\n";
    return 2;
  }
  std::string text(std::istreambuf_iterator<char>(file), {}), key = arguments[count - 1];
  return print(held ? entente_verify::verify_held(text, key)
                    : entente_verify::verify_receipt(text, key, std::chrono::system_clock::now()));
}
