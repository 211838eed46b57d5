// Checks what an Entente server handed out: the receipt of a request, the head of a day, an erasure, an act of the
// operator. One file for programs in C++20, which needs the standard library, OpenSSL's libcrypto (-lcrypto) and
// nothing of Entente (whose licence, Apache-2.0, it has). It shares no code with the server, so that neither need be
// believed alone; docs/proof.md has the formats.
//
//   std::string key = "ai.example.org+8c1f07a3+AXk…";  // /log/public-key, from a time and way that you trust
//   auto verdict = entente_verify::verify_receipt(receipt, key, std::chrono::system_clock::now());
//   if (!verdict.holds) return complain(verdict.why);
//   if (verdict.standing == entente_verify::Standing::overdue) return complain("promised for " + verdict.promised_by);
//   const entente_verify::Attempt& last = verdict.attempts.back();  // the one that answered, if any did
//   if (last.asked != entente_verify::sha256_base64(request_body)) return complain("of another request");
//   if (last.answer != std::vector{entente_verify::sha256_base64(answer_text)}) return complain("of another answer");
//   std::cout << "read by " << last.provider << " in " << last.place << "\n";
//
// What holds is what the operator signed and cannot take back, which need not be true. Not looked at is what takes more
// than a receipt and the key: whether witnesses cosigned, whether the log had superseded a statement that is cited,
// whether the policies lead to the decision again; `entente verify` does. Pure, any thread. Failure: `holds` is false
// and `why` has one sentence; no exception comes out. (GCC 11 or libc++ 20 at least: std::from_chars of a double.)
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <iterator>
#include <locale>
#include <memory>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <openssl/evp.h>

namespace entente_verify {

// One sending of the request to one deployment, or a refusal, as the log's entries commit to it. Hashes are SHA-256 in
// base64. What a record does not say is empty.
struct Attempt {
  std::string at;  // RFC 3339
  bool refused = false;
  std::string deployment, provider, place;
  std::string asked;                    // hash of the request's body
  std::string result;                   // answered, failed, cancelled or unknown; empty: it had not ended
  std::vector<std::string> answer;      // for each choice the hash of its text
  std::string body;                     // hash of the bytes that were sent back, without the comments of a stream
  std::string intent, outcome;          // the records, whole: canonical JSON
  std::vector<std::string> candidates;  // of the decision, those that are disclosed: canonical JSON each
};

enum class Standing {
  included,  // under a signed checkpoint
  promised,  // signed, to be in the log by then
  overdue,   // that time is over: fetch the receipt again, and ask why if it stays so
};

// Nothing but `why` is filled in unless it holds.
struct Verdict {
  bool holds = false;
  std::string why;
  std::string kind;  // "receipt", "head", "erasure" or "act"
  Standing standing = Standing::included;
  std::uint64_t log_size = 0;     // entries under the checkpoint
  std::string promised_by;        // of a receipt: RFC 3339
  std::vector<Attempt> attempts;  // of a receipt
  std::string record;             // of the others: what it says, canonical JSON
};

namespace detail {

using std::string, std::string_view, std::size_t, std::uint64_t;

// Never leaves this file.
struct Doubt : std::runtime_error {
  using std::runtime_error::runtime_error;
};
inline void require(bool fits, const string& why) {
  if (!fits) throw Doubt(why);
}

// ---- Bytes ----

inline const unsigned char* bytes(string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

inline string sha256(string_view text) {
  std::array<unsigned char, 32> hash{};
  bool done = EVP_Digest(text.data(), text.size(), hash.data(), nullptr, EVP_sha256(), nullptr) == 1;
  require(done, "OpenSSL computes no SHA-256 here.");
  return {hash.begin(), hash.end()};
}

inline string hex(string_view text) {
  string out;
  for (size_t i = 0; i < 2 * text.size(); ++i)
    out += "0123456789abcdef"[bytes(text)[i / 2] >> (i % 2 == 0 ? 4 : 0) & 15];
  return out;
}

// Ed25519.
inline bool is_signed(string_view key, string_view text, string_view signature) {
  std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> loaded(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes(key), key.size()), EVP_PKEY_free);
  std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  return loaded && context && signature.size() == 64 &&
         EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, loaded.get()) == 1 &&
         EVP_DigestVerify(context.get(), bytes(signature), signature.size(), bytes(text), text.size()) == 1;
}

constexpr string_view base64_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

inline string to_base64(const string& hash) {
  std::array<unsigned char, 45> room{};  // of 32 bytes, and the zero that OpenSSL puts behind it
  EVP_EncodeBlock(room.data(), bytes(hash), 32);
  return {room.begin(), room.end() - 1};
}

// As signed notes are read: padding may be missing, and the last digit may have bits that carry nothing.
inline std::optional<string> from_base64(string_view text) {
  for (size_t i = 0; i < 2 && (text.size() + i) % 4 == 0 && text.ends_with('='); ++i) text.remove_suffix(1);
  string out;
  unsigned held = 0, bits = 0;
  for (char c : text) {
    size_t digit = base64_digits.find(c);
    if (digit == base64_digits.npos) return std::nullopt;
    held = (held << 6 | static_cast<unsigned>(digit)) & 0xFFFF;
    if ((bits += 6) >= 8) out += static_cast<char>(held >> (bits -= 8) & 0xFF);
  }
  return text.size() % 4 == 1 ? std::nullopt : std::optional(out);
}

// Hashes, salts and keys of the tree have one spelling.
inline bool is_hash(string_view base64) {
  auto hash = from_base64(base64);
  return hash && hash->size() == 32 && to_base64(*hash) == base64;
}

inline std::vector<string_view> split(string_view text, char at) {
  std::vector<string_view> parts;
  for (size_t end; (end = text.find(at)) != text.npos; text.remove_prefix(end + 1))
    parts.push_back(text.substr(0, end));
  parts.push_back(text);
  return parts;
}

inline bool is_utf8(string_view text) {
  for (size_t i = 0; i < text.size();) {
    auto byte = [&](size_t k) { return i + k < text.size() ? bytes(text)[i + k] : 0u; };
    unsigned lead = byte(0), two = lead << 8 | byte(1);
    size_t length = lead < 0x80 ? 1 : lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 0;
    // Longer than it need be, half of a surrogate pair, beyond the last code point.
    bool odd = (lead == 0xE0 && two < 0xE0A0) || (lead == 0xED && two > 0xED9F) || (lead == 0xF0 && two < 0xF090) ||
               (lead == 0xF4 && two > 0xF48F);
    for (size_t k = 1; k < length; ++k) odd = odd || (byte(k) & 0xC0) != 0x80;
    if (length == 0 || odd) return false;
    i += length;
  }
  return true;
}

// ---- JSON (RFC 8259) and its canonical form (RFC 8785) ----

constexpr uint64_t largest_whole = (uint64_t{1} << 53) - 1;

struct Json {
  using Part = std::pair<string, Json>;  // a member of an object, or an item of an array, which has no name
  enum class Kind { none, literal, number, text, array, object } kind = Kind::none;
  string canonical;         // all of it: what is hashed
  string text;              // of a string
  bool plain = false;       // a number without point or exponent
  std::vector<Part> parts;  // in canonical order

  Json() = default;
  Json(Kind of, string written, string meant = {}) : kind(of), canonical(std::move(written)), text(std::move(meant)) {}

  const Json& operator[](string_view name) const {
    static const Json none;
    auto found = std::ranges::find(parts, name, [](const Part& part) -> const string& { return part.first; });
    return kind == Kind::object && found != parts.end() ? found->second : none;
  }
  // An object's members are no list, whatever their names.
  const std::vector<Part>& items() const {
    static const std::vector<Part> none;
    return kind == Kind::array ? parts : none;
  }
  bool there() const { return kind != Kind::none; }
  std::optional<uint64_t> whole() const {
    uint64_t number = 0;
    const char *begin = canonical.data(), *end = begin + canonical.size();
    bool good = kind == Kind::number && std::from_chars(begin, end, number).ptr == end && number <= largest_whole;
    return good ? std::optional(number) : std::nullopt;
  }
  // For what a form below has been required of.
  uint64_t number(string_view name) const { return (*this)[name].whole().value(); }
  string hash(string_view name) const { return from_base64((*this)[name].text).value(); }
};

enum class Members { these, and_others };

// The names of the members that there must be, each a text unless it begins with what it is: # a whole number, + one
// that is also written as such (where nothing is hashed, 1.0 is another text than 1), = 32 bytes in base64, [ a list,
// * anything.
inline void require_form(const Json& json, const string& what, string_view form, Members members = Members::these) {
  auto names = split(form, ' ');
  for (string_view name : names) {
    char type = name[0];
    if (string_view("#+=[*").find(type) != string_view::npos) name.remove_prefix(1);
    const Json& member = json[name];
    bool good = type == '#'   ? member.whole().has_value()
                : type == '+' ? member.whole().has_value() && member.plain
                : type == '=' ? is_hash(member.text)
                : type == '[' ? member.kind == Json::Kind::array
                : type == '*' ? member.there()
                              : member.kind == Json::Kind::text;
    require(good, "The " + what + " lacks '" + string(name) + "', or has something else there.");
  }
  bool more = json.parts.size() > names.size() && members == Members::these;
  require(!more, "The " + what + " has members that it must not have.");
}

// Names stand in the order of UTF-16 code units, which is that of the bytes of UTF-8, but that U+E000 to U+FFFF come
// behind what is beyond them.
inline bool before(const Json::Part& one, const Json::Part& other) {
  auto rank = [](char c) { return static_cast<unsigned char>(c) + (c == '\xEE' || c == '\xEF' ? 0x10 : 0); };
  return std::ranges::lexicographical_compare(one.first, other.first, {}, rank, rank);
}

inline string quoted(string_view text) {
  constexpr string_view special = "\"\\\b\f\n\r\t", names = "\"\\bfnrt";
  string out = "\"";
  for (char c : text) {
    if (auto known = special.find(c); known != special.npos) {
      out.append({'\\', names[known]});
    } else if (static_cast<unsigned char>(c) < ' ') {
      out.append("\\u00").append(hex({&c, 1}));
    } else {
      out += c;
    }
  }
  return out + '"';
}

// ECMA-262, Number::toString: the shortest digits that read back as the same value.
inline string number_text(double value) {
  if (value == 0) return "0";
  std::array<char, 32> room{};
  std::to_chars(room.data(), room.data() + room.size() - 1, std::abs(value), std::chars_format::scientific);
  string written = room.data(), digits = written.substr(0, 1), sign = value < 0 ? "-" : "";
  auto e = written.find('e');
  if (e > 1) digits += written.substr(2, e - 2);
  int exponent = std::atoi(written.c_str() + e + 1), point = exponent + 1, count = static_cast<int>(digits.size());
  auto zeros = [](int many) { return string(static_cast<size_t>(many), '0'); };
  if (point < -5 || point > 21)
    return sign + digits.insert(1, count > 1 ? "." : "") + (exponent < 0 ? "e" : "e+") + std::to_string(exponent);
  if (point <= 0) return sign + "0." + zeros(-point) + digits;
  if (point >= count) return sign + digits + zeros(point - count);
  return sign + digits.insert(static_cast<size_t>(point), ".");
}

// Refuses what two readers could read as two values.
class Reader {
 public:
  explicit Reader(string_view text) : text_(text) {}
  Json document() {
    require(is_utf8(text_), "It is not in UTF-8.");
    Json json = value(1);
    skip(" \t\r\n");
    check(at_ == text_.size());
    return json;
  }

 private:
  static void check(bool well_formed) { require(well_formed, "It is not JSON, or damaged."); }
  void skip(string_view these) { at_ = std::min(text_.find_first_not_of(these, at_), text_.size()); }
  bool take(string_view expected) {
    bool there = text_.substr(at_).starts_with(expected);
    if (there) at_ += expected.size();
    return there;
  }
  bool take_next(string_view expected) { return skip(" \t\r\n"), take(expected); }

  Json value(int depth) {
    require(depth <= 64, "It is nested too deeply.");
    if (take_next("{")) return container(Json::Kind::object, "}", depth);
    if (take("[")) return container(Json::Kind::array, "]", depth);
    if (take("\"")) return text();
    for (const char* literal : {"null", "true", "false"})
      if (take(literal)) return Json(Json::Kind::literal, literal);
    return number();
  }

  Json container(Json::Kind kind, const char* close, int depth) {
    bool named = kind == Json::Kind::object;
    Json json(kind, named ? "{" : "[");
    while (!take_next(close)) {
      check(json.parts.empty() || take(","));
      string name;
      if (named) {
        check(take_next("\""));
        name = text().text;
        check(take_next(":"));
      }
      json.parts.emplace_back(std::move(name), value(depth + 1));
    }
    if (named) std::ranges::sort(json.parts, before);
    for (const Json::Part& part : json.parts) {
      bool first = &part == &json.parts.front();
      require(!named || first || (&part)[-1].first != part.first, "It has a name twice in one object.");
      json.canonical += (first ? "" : ",") + (named ? quoted(part.first) + ":" : "") + part.second.canonical;
    }
    json.canonical += close;
    return json;
  }

  Json text() {
    string out;
    while (!take("\"")) {
      size_t end = std::min(text_.find_first_of("\"\\", at_), text_.size());
      string_view plain = text_.substr(at_, end - at_);
      check(std::ranges::none_of(plain, [](unsigned char c) { return c < ' '; }) && end < text_.size());
      out += plain;
      at_ = end;
      if (take("\\")) append_escaped(out);
    }
    return Json(Json::Kind::text, quoted(out), out);
  }

  void append_escaped(string& out) {
    constexpr string_view names = "\"\\/bfnrt", meanings = "\"\\/\b\f\n\r\t";
    if (take("u")) return append_code(out);
    size_t known = at_ < text_.size() ? names.find(text_[at_++]) : names.npos;
    check(known != names.npos);
    out += meanings[known];
  }

  unsigned four_digits() {
    unsigned code = 0;
    string_view digits = text_.substr(at_, 4);
    check(digits.size() == 4 && std::from_chars(digits.data(), digits.data() + 4, code, 16).ptr == digits.data() + 4);
    at_ += 4;
    return code;
  }

  void append_code(string& out) {
    unsigned code = four_digits();
    if (code >= 0xD800 && code < 0xE000) {  // half of a pair
      check(code < 0xDC00 && take("\\u"));
      unsigned low = four_digits();
      check(low >= 0xDC00 && low < 0xE000);
      code = 0x10000 + ((code - 0xD800) << 10 | (low - 0xDC00));
    }
    unsigned more = code < 0x80 ? 0 : code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    out += static_cast<char>((more == 0 ? 0u : 0xF00u >> (more + 1)) | code >> 6 * more);
    while (more-- > 0) out += static_cast<char>(0x80 | (code >> 6 * more & 0x3F));
  }

  Json number() {
    size_t from = at_;
    auto digits = [this] {
      size_t before_them = at_;
      skip("0123456789");
      check(at_ > before_them);
    };
    take("-");
    if (!take("0")) digits();
    bool whole = true;
    if (take(".")) whole = false, digits();
    if (take("e") || take("E")) {
      if (!take("+")) take("-");
      whole = false, digits();
    }
    const char *begin = text_.data() + from, *end = text_.data() + at_;
    double value = 0;
    if (std::from_chars(begin, end, value).ec != std::errc()) {
      // It does not tell what is too small, which is 0 to other readers, from what is too large.
      std::istringstream in{string(begin, end)};
      in.imbue(std::locale::classic());
      in >> value;
      require(std::abs(value) < 1, "It has a number that no double can hold.");
    }
    require(!whole || std::abs(value) <= static_cast<double>(largest_whole), "It has a number beyond 2^53 - 1.");
    Json json(Json::Kind::number, number_text(value));
    json.plain = whole;
    return json;
  }

  string_view text_;
  size_t at_ = 0;
};

// ---- The log: its tree (RFC 6962), and what it signs (C2SP signed-note, tlog-checkpoint) ----

struct Tree {
  uint64_t size = 0;
  string root;

  bool has(string_view leaf, uint64_t index, const std::vector<string>& proof) const {
    if (index >= size) return false;
    // Up to where its way meets that of the last leaf it has neighbours on either side, from there on left ones only.
    auto meeting = static_cast<size_t>(std::bit_width(index ^ (size - 1)));
    auto left = meeting < 64 ? static_cast<size_t>(std::popcount(index >> meeting)) : 0;
    string hash = sha256(string(1, '\0').append(leaf));
    for (size_t i = 0; i < proof.size() && i < meeting + left; ++i)
      hash = sha256("\1" + (i >= meeting || (index >> i & 1) != 0 ? proof[i] + hash : hash + proof[i]));
    return proof.size() == meeting + left && hash == root;
  }
};

struct Log {
  string name, key, id;

  explicit Log(string_view text) {
    while (text.ends_with('\n') || text.ends_with('\r')) text.remove_suffix(1);
    auto first = text.find('+'), second = text.find('+', first + 1);
    require(first != 0 && second != text.npos && is_utf8(text), "A log's key is written as NAME+HASH+BASE64.");
    auto raw = from_base64(text.substr(second + 1));
    require(raw && raw->size() == 33 && raw->front() == 1, "The log's key is not one of Ed25519.");
    name = text.substr(0, first), key = raw->substr(1), id = sha256(name + "\n" + *raw).substr(0, 4);
    bool plain = std::ranges::none_of(name, [](unsigned char c) { return c <= ' '; });
    require(plain && text.substr(first + 1, second - first - 1) == hex(id), "The log's key does not fit its own hash.");
  }

  // The text above the signatures. Those of others say nothing; one of this key that does not fit spoils the note.
  string opened(const string& note, const string& what) const {
    constexpr string_view dash = "\xE2\x80\x94 ";
    auto blank = note.rfind("\n\n");
    bool plain = std::ranges::none_of(note, [](unsigned char c) { return c < ' ' && c != '\n'; });
    require(plain && blank != note.npos && note.ends_with('\n'), "The " + what + " is not a signed note.");
    string text = note.substr(0, blank + 1);
    auto lines = split(string_view(note).substr(blank + 2), '\n');
    lines.pop_back();
    bool signed_by_log = false;
    for (string_view line : lines) {
      auto space = line.rfind(' ');
      auto signature = from_base64(line.substr(space + 1));
      bool is_one = line.starts_with(dash) && space >= dash.size() && signature && signature->size() > 4;
      require(is_one && lines.size() <= 64, "The " + what + " has a signature line that is none.");
      if (line.substr(dash.size(), space - dash.size()) != name || !signature->starts_with(id)) continue;
      signed_by_log = is_signed(key, text, signature->substr(4));
      require(signed_by_log, "The log's signature does not fit the " + what + ".");
    }
    require(signed_by_log, "The " + what + " is not signed by the key that was given.");
    return text;
  }

  Tree checkpoint(const string& note) const {
    string text = opened(note, "checkpoint");
    auto lines = split(text, '\n');
    require(lines.size() > 3 && is_hash(lines[2]), "The checkpoint has not the three lines that it must have.");
    require(lines[0] == name, "The checkpoint is of another log.");
    Tree tree{0, from_base64(lines[2]).value()};
    auto failure = std::from_chars(lines[1].data(), lines[1].data() + lines[1].size(), tree.size).ec;
    require(failure == std::errc() && std::to_string(tree.size) == lines[1], "The checkpoint's size is no number.");
    return tree;
  }

  // Of a root, as the Sig_structure of a COSE receipt (RFC 9052, RFC 9942) that names Ed25519, this key and this log.
  bool signed_for_cose(const string& root, string_view signature) const {
    auto sized = [](unsigned type, const string& content) {
      string size{static_cast<char>(content.size() >> 8), static_cast<char>(content.size() & 0xFF)};
      size_t behind = content.size() < 24 ? 0 : content.size() < 0x100 ? 1 : 2;
      auto head = static_cast<char>(type | (behind == 0 ? content.size() : 23 + behind));
      return head + size.substr(2 - behind) + content;
    };
    string header = "\xA4\x01\x32\x04\x44" + id + "\x0F\xA1\x01" + sized(0x60, name) + "\x19\x01\x8B\x01";
    return is_signed(key, "\x84\x6ASignature1" + sized(0x40, header) + "\x40\x58\x20" + root, signature);
  }
};

// ---- Receipts, and what is held of other entries ----

using Time = std::chrono::sys_time<std::chrono::microseconds>;

// "2026-11-27T10:15:03.118233Z", and nothing else.
inline std::optional<Time> time_of(const string& text) {
  constexpr string_view form = "0000-00-00T00:00:00.000000Z";
  auto fits = [](char c, char f) { return f == '0' ? c >= '0' && c <= '9' : c == f; };
  if (!std::ranges::equal(text, form, fits)) return std::nullopt;
  auto number = [&](size_t at) { return std::atoi(text.c_str() + at); };  // which ends where the digits do
  auto day = std::chrono::year(number(0)) / number(5) / number(8);
  if (!day.ok() || number(11) > 23 || number(14) > 59 || number(17) > 59) return std::nullopt;
  return std::chrono::sys_days(day) + std::chrono::hours(number(11)) + std::chrono::minutes(number(14)) +
         std::chrono::seconds(number(17)) + std::chrono::microseconds(number(20));
}

inline std::vector<string> proof_in(const Json& json) {
  std::vector<string> proof;
  for (const auto& [name, line] : json["proof"].items()) {
    require(is_hash(line.text), "A line of a proof is not 32 bytes in base64.");
    proof.push_back(from_base64(line.text).value());
  }
  return proof;
}

// An entry of the log as it is handed out: with the record that it commits to, and its way to the checkpoint.
struct Entry {
  uint64_t index = 0;
  Json line, record;
  bool salted = true;  // statements commit to their text without a salt
  std::vector<string> proof;

  Entry(const Json& json, const string& name, const string& what, string_view form, bool with_salt = true)
      : line(json[name]), record(json["record"]), salted(with_salt), proof(proof_in(json)) {
    require_form(json, what, (salted ? "=salt +index *record [proof *" : "+index *record [proof *") + name,
                 Members::and_others);
    index = json.number("index");
    require_form(line, what, form);
    require(line.number("version") == 1, "The " + what + " has a version that is not known here.");
    require(line.hash("record") == sha256((salted ? json.hash("salt") : "") + record.canonical),
            "The record is not the one that the log's entry " + std::to_string(index) + " commits to.");
  }
  const string& says(string_view name) const { return line[name].text; }
  void require_in(const Tree& tree) const {
    require(tree.has(line.canonical, index, proof),
            "The proof of entry " + std::to_string(index) + " does not lead to the root of the log.");
  }
};

// An intent, a refusal or an outcome.
inline Entry lane_entry(const Json& json, const string& what) {
  Entry entry(json, "entry", what, "at attempt kind lane #number =previous =record #version");
  bool same = entry.record["attempt"].text == entry.says("attempt");
  require(same, "The record of the " + what + " is of another attempt.");
  return entry;
}

// The candidates that the receipt shows, each under the root in the record of the decision. Nothing is shown of old
// decisions, which have them in clear.
inline std::vector<Json> shown_candidates(const Json& attempt, const std::optional<Tree>& all) {
  if (all) require_form(attempt, "receipt's attempt", "[candidates", Members::and_others);
  std::vector<Json> shown;
  uint64_t next = 0;
  for (const auto& [name, one] : attempt["candidates"].items()) {
    require_form(one, "candidate", "*candidate +index [proof =salt", Members::and_others);
    uint64_t index = one.number("index");
    require(all.has_value(), "The receipt has candidates of a decision that has none.");
    require(index >= std::exchange(next, index + 1), "The receipt's candidates are not in their order.");
    require(all->has(one.hash("salt") + one["candidate"].canonical, index, proof_in(one)),
            "The candidate " + std::to_string(index + 1) + " is not the one that the decision was made on.");
    shown.push_back(one["candidate"]);
  }
  return shown;
}

// What the decision went by: each statement older than the intent, and none missing that is cited. Who passes on less
// than all candidates may leave out the policies; nothing that is shown stands without its facts and terms.
inline std::vector<Entry> statements(const Json& attempt, const Entry& intent, const Json& decision,
                                     const std::vector<Json>& shown, bool all_shown) {
  std::vector<Entry> stated;
  for (const auto& [name, json] : attempt["stated"].items()) {
    const Entry& one = stated.emplace_back(json, "entry", "statement", "at kind =record =subject #version", false);
    bool known = one.says("kind") == "facts" || one.says("kind") == "labels" || one.says("kind") == "policies" ||
                 one.says("kind") == "terms";
    require(known, "A statement of the receipt is of no kind that is known here.");
    require(one.index < intent.index && one.says("at") <= intent.says("at"),
            "The statement " + std::to_string(one.index) + " is newer than what it is cited for.");
  }
  auto require_cited = [&](const Json& hash, const char* kind, const string& of, const string& subject) {
    bool there = hash.kind != Json::Kind::text || std::ranges::any_of(stated, [&](const Entry& one) {
                   return one.says("kind") == kind && one.says("record") == hash.text &&
                          one.line.hash("subject") == sha256(subject);
                 });
    require(there, "The decision went by " + (kind + of + subject) + " that the receipt does not have.");
  };
  const Json& policies = decision["policies"];
  if (policies.kind != Json::Kind::text) return stated;  // from before there were statements
  if (all_shown) require_cited(policies, "policies", "", "");
  std::vector<Json> candidates = shown;
  for (const auto& [name, in_clear] : decision["candidates"].items()) candidates.push_back(in_clear);
  for (const Json& one : candidates) {
    for (const char* kind : {"facts", "terms"})
      if (const Json& of = one["deployment"]; of.kind == Json::Kind::text)
        require_cited(one[kind], kind, " of ", of.text);
  }
  return stated;
}

// Adds the entries in the order in which a promise names them.
inline Attempt check_attempt(const Json& json, const string& request, std::vector<Entry>& entries) {
  Entry intent = lane_entry(json["intent"], "intent");
  Attempt told;
  told.refused = intent.says("kind") == "refusal";
  require(told.refused || intent.says("kind") == "intent", "What stands for an intent is none.");
  require(intent.record["request"].text == request, "An attempt of the receipt belongs to another request.");
  const Json &decision = intent.record["decision"], &sealed = decision["candidates"];
  std::optional<Tree> all;
  if (sealed["count"].whole() && is_hash(sealed["root"].text)) all = Tree{sealed.number("count"), sealed.hash("root")};
  std::vector<Json> shown = shown_candidates(json, all);
  std::vector<Entry> stated = statements(json, intent, decision, shown, !all || all->size == shown.size());

  told.at = intent.says("at"), told.intent = intent.record.canonical;
  told.deployment = intent.record["deployment"].text, told.provider = intent.record["provider"].text;
  told.place = intent.record["place"].text, told.asked = intent.record["asked"].text;
  for (const Json& one : shown) told.candidates.push_back(one.canonical);
  entries.push_back(intent);
  if (json["outcome"].canonical != "null") {
    Entry outcome = lane_entry(json["outcome"], "outcome");
    require(!told.refused, "What was refused has no outcome.");
    bool same = outcome.says("kind") == "outcome" && outcome.index > intent.index;
    for (const char* name : {"attempt", "lane", "number"})
      same = same && outcome.line[name].canonical == intent.line[name].canonical;
    require(same, "What stands for the outcome of an attempt is not its outcome.");
    told.result = outcome.record["result"].text, told.outcome = outcome.record.canonical;
    for (const auto& [name, choice] : outcome.record["answer"].items()) told.answer.push_back(choice["text"].text);
    told.body = outcome.record["body"]["sha256"].text;
    entries.push_back(outcome);
  }
  entries.insert(entries.end(), stated.begin(), stated.end());
  return told;
}

// The time by which, from a promise that is for each intent and outcome and no others, and for each statement that the
// receipt has. Promises of the first form do not tell statements from others.
inline string promised_by(const string& promise, const string& log, const string& request,
                          const std::vector<Entry>& entries) {
  bool first_form = promise.starts_with("entente receipt v1");
  string expected = (first_form ? "entente receipt v1\n" : "entente receipt v2\n") + log + "\n" + request + "\n";
  string rest, stated = "\n";
  for (string_view line : split(promise, '\n'))
    (!first_form && line.starts_with("stated ") ? stated : rest).append(line) += '\n';
  bool same = true;
  for (const Entry& entry : entries) {
    string line = std::to_string(entry.index) + " " + to_base64(sha256('\0' + entry.line.canonical)) + "\n";
    if (first_form || entry.salted) {
      expected += line;
    } else {
      same = same && stated.find("\nstated " + line) != stated.npos;
    }
  }
  string by = promise.substr(std::min(promise.rfind("\nby ") + 4, promise.size()));
  same = same && rest == expected + "by " + by + "\n";  // split() gave the nothing behind the last newline a line, too
  require(same, "The log's promise is for other entries than those of the receipt.");
  by.pop_back();
  require(time_of(by).has_value(), "The log's promise does not say by when.");
  return by;
}

inline void check_receipt(const Json& json, const Log& log, std::chrono::system_clock::time_point now,
                          Verdict& verdict) {
  require_form(json, "receipt", "+version request promise checkpoint [attempts", Members::and_others);
  require(json.number("version") == 1, "The receipt is of a version that is not known here.");
  auto cose = from_base64(json["cose"].text);
  require(cose.has_value(), "The receipt's 'cose' is not in base64.");
  std::vector<Entry> entries;
  for (const auto& [name, attempt] : json["attempts"].items())
    verdict.attempts.push_back(check_attempt(attempt, json["request"].text, entries));
  require(!verdict.attempts.empty(), "The receipt is of no attempt.");
  string promise = log.opened(json["promise"].text, "promise");
  verdict.promised_by = promised_by(promise, log.name, json["request"].text, entries);
  // Not in nanoseconds, of which 9999 has more than 64 bits hold.
  bool in_time = std::chrono::floor<std::chrono::microseconds>(now) <= time_of(verdict.promised_by);
  verdict.standing = in_time ? Standing::promised : Standing::overdue;
  if (json["checkpoint"].text.empty()) return;
  Tree tree = log.checkpoint(json["checkpoint"].text);
  for (const Entry& entry : entries) entry.require_in(tree);
  bool is_root = cose->empty() || log.signed_for_cose(tree.root, *cose);
  require(is_root, "The log's signature for COSE is not of its checkpoint's root.");
  verdict.standing = Standing::included;
  verdict.log_size = tree.size;
}

inline void check_head(const Entry& head) {
  require_form(head.record, "record of the head", "day [lanes tenant");
  const string& day = head.says("day");
  require(time_of(day + "T00:00:00.000000Z").has_value(), "The head's day is no date.");
  require(head.record["day"].text == day, "The record is of another day than the log's entry.");
  string last;
  for (const auto& [name, lane] : head.record["lanes"].items()) {
    require_form(lane, "head's lane", "lane =last #numbers");
    bool in_order = std::exchange(last, lane["lane"].text) < lane["lane"].text;
    require(in_order, "The head's lanes are not in order, each once.");
  }
}

inline void check_erasure(const Entry& erasure) {
  require_form(erasure.record, "record of the erasure", "cause [entries ground tenant");
  const string& cause = erasure.record["cause"].text;
  require(cause == "subject" || cause == "retention", "The cause of the erasure is not known here.");
  uint64_t next = 0, count = 0;
  const string no_spans = "The erasure's entries are no spans in order.";
  for (const auto& [name, span] : erasure.record["entries"].items()) {
    require(span.items().size() == 2, no_spans);
    // What is no number names no entry that stood before it either.
    uint64_t first = span.parts[0].second.whole().value_or(erasure.index);
    uint64_t last = span.parts[1].second.whole().value_or(erasure.index);
    require(first >= next && last >= first, no_spans);
    require(last < erasure.index, "The erasure names entries that did not stand before it.");
    next = last + 1, count += next - first;
  }
  bool same = count == erasure.line.number("erased");
  require(same, "The record of the erasure names another number of entries than the log does.");
}

inline void check_act(const Entry& act) {
  require_form(act.record, "record of the act", "about act at says tenant");
  const string& done = act.record["act"].text;
  bool known = done == "hold" || done == "release" || done == "key_created" || done == "key_revoked";
  require(known && act.says("by") == "operator", "What was done, or by whom, is not known here.");
}

inline void check_held(const Json& json, const Log& log, Verdict& verdict) {
  struct Held {
    const char *kind, *form;
    void (*check)(const Entry&);
  };
  constexpr Held kinds[] = {{"act", "at by kind =record #version", check_act},
                            {"erasure", "at #erased kind =record #version", check_erasure},
                            {"head", "at day kind =record #version", check_head}};
  const auto* held = std::ranges::find_if(kinds, [&](const Held& one) { return json[one.kind].there(); });
  require(held != std::end(kinds), "This is neither the head of a day, nor an erasure, nor an act of the operator.");
  Entry entry(json, held->kind, held->kind, held->form);
  require(entry.says("kind") == held->kind, "The log's entry is of another kind.");
  held->check(entry);
  Tree tree = log.checkpoint(json["checkpoint"].text);
  entry.require_in(tree);
  verdict.kind = held->kind;
  verdict.log_size = tree.size;
  verdict.record = entry.record.canonical;
}

template <class Check>
Verdict judged(string_view json, string_view key, Check check) noexcept {
  Verdict verdict;
  try {
    check(Reader(json).document(), Log(key), verdict);
    verdict.holds = true;
  } catch (const std::exception& failure) {
    verdict = {};
    verdict.why = failure.what();
  }
  return verdict;
}

}  // namespace detail

// `key`: "NAME+HASH+BASE64", as the log has it at /log/public-key.
inline Verdict verify_receipt(std::string_view json, std::string_view key,
                              std::chrono::system_clock::time_point now) noexcept {
  return detail::judged(json, key, [now](const auto& receipt, const auto& log, Verdict& verdict) {
    verdict.kind = "receipt";
    detail::check_receipt(receipt, log, now, verdict);
  });
}

// The head of a day or an erasure, as the server gives it at /v1/heads/DAY and /v1/erasures/ENTRY; an act of the
// operator, as an export has it.
inline Verdict verify_held(std::string_view json, std::string_view key) noexcept {
  return detail::judged(json, key, detail::check_held);
}

// To compare what one has with the hashes of an Attempt. If OpenSSL cannot: a sentence, which equals no hash.
inline std::string sha256_base64(std::string_view content) noexcept {
  try {
    return detail::to_base64(detail::sha256(content));
  } catch (const std::exception& failure) {
    return failure.what();
  }
}

}  // namespace entente_verify
