#include "audit/checkpoints/tlog_policy.hpp"

#include <algorithm>
#include <format>
#include <ranges>
#include <span>

#include "audit/forms/lines.hpp"
#include "base/encoding.hpp"

namespace entente::audit {

namespace {

constexpr std::size_t most_parts = 256;  // witnesses and groups; the specification asks for 32 of each
constexpr std::string_view none = "none";

std::vector<std::string_view> words_of(std::string_view line) {
  constexpr std::string_view blanks = " \t";
  std::vector<std::string_view> words;
  while (true) {
    line.remove_prefix(std::min(line.find_first_not_of(blanks), line.size()));
    if (line.empty()) return words;
    auto end = std::min(line.find_first_of(blanks), line.size());
    words.push_back(line.substr(0, end));
    line.remove_prefix(end);
  }
}

}  // namespace

// One line after the other; what a line defines, later ones may name.
class PolicyReader {
 public:
  Result<TlogPolicy> read(std::string_view text) {
    while (!text.empty()) {
      auto end = std::min(text.find('\n'), text.size());
      std::string_view line = text.substr(0, end);
      text.remove_prefix(std::min(end + 1, text.size()));
      ++number_;
      TRY(read_line(line));
    }
    if (!has_quorum_)
      return fail(ErrorCode::invalid_request,
                  "The policy has no quorum: write a line 'quorum NAME' with a witness or group, or 'quorum none'.");
    return std::move(policy_);
  }

 private:
  using Words = std::span<const std::string_view>;

  std::unexpected<Error> wrong(std::string_view what) const {
    return fail(ErrorCode::invalid_request, std::format("Line {} of the policy: {}", number_, what));
  }

  Result<> read_line(std::string_view line) {
    if (std::ranges::any_of(line,
                            [](char c) { return (static_cast<unsigned char>(c) < ' ' && c != '\t') || c == 0x7f; }))
      return wrong("it holds a control character; lines end with a newline alone.");
    std::vector<std::string_view> words = words_of(line);
    if (words.empty() || words[0].starts_with('#')) return {};
    Words rest = Words(words).subspan(1);
    if (words[0] == "log") return log(rest);
    if (words[0] == "witness") return witness(rest);
    if (words[0] == "group") return group(rest);
    if (words[0] == "quorum") return quorum(rest);
    return wrong(std::format("'{}' is none of log, witness, group and quorum.", shown_name(shortened(words[0]))));
  }

  Result<> log(Words words) {
    if (words.empty() || words.size() > 2) return wrong("a log is written as 'log KEY' or 'log KEY URL'.");
    auto key = NoteVerifier::parse(words[0]);
    if (!key) return wrong(key.error().message);
    if (std::ranges::contains(policy_.logs_, key->key(), &NoteVerifier::key)) return wrong("this log is listed twice.");
    policy_.logs_.push_back(*std::move(key));
    return {};
  }

  Result<> witness(Words words) {
    if (words.size() < 2 || words.size() > 3)
      return wrong("a witness is written as 'witness NAME KEY' or 'witness NAME KEY URL'.");
    TRY(check_new(words[0]));
    auto key = CosignatureVerifier::parse(words[1]);
    if (!key) return wrong(key.error().message);
    if (std::ranges::any_of(policy_.witnesses_, [&](const auto& other) { return other.key.key() == key->key(); }))
      return wrong(std::format("the key of {} is another witness's, too: it would count twice.", shown_name(words[0])));
    policy_.witnesses_.push_back({.name = std::string(words[0]),
                                  .key = *std::move(key),
                                  .url = words.size() > 2 ? std::string(words[2]) : std::string()});
    return add({.name = std::string(words[0]), .needed = 0, .members = {}});
  }

  Result<> group(Words words) {
    if (words.size() < 3) return wrong("a group is written as 'group NAME all|any|NUMBER MEMBER…'.");
    TRY(check_new(words[0]));
    TlogPolicy::Part part{.name = std::string(words[0]), .needed = 0, .members = {}};
    for (std::string_view name : words.subspan(2)) {
      auto known = parts_.find(std::string(name));
      if (known == parts_.end())
        return wrong(std::format("no line before it defines {}.", shown_name(shortened(name))));
      if (!members_.insert(known->second).second)
        return wrong(std::format("{} is a member already: it would count twice.", shown_name(shortened(name))));
      part.members.push_back(known->second);
    }
    auto number = parse_number(words[1]);
    part.needed = words[1] == "all" ? part.members.size() : words[1] == "any" ? 1 : number.value_or(0);
    if (part.needed < 1 || part.needed > part.members.size())
      return wrong(std::format("write how many of its {} members are needed: all, any, or a number from 1 on.",
                               part.members.size()));
    return add(std::move(part));
  }

  Result<> quorum(Words words) {
    if (words.size() != 1) return wrong("the quorum is written as 'quorum NAME'.");
    if (has_quorum_) return wrong("there is a quorum already; a policy has one.");
    has_quorum_ = true;
    if (words[0] == none) return {};
    auto known = parts_.find(std::string(words[0]));
    if (known == parts_.end())
      return wrong(std::format("no line before it defines {}.", shown_name(shortened(words[0]))));
    policy_.quorum_ = known->second;
    return {};
  }

  Result<> check_new(std::string_view name) const {
    if (name == none) return wrong("'none' has a meaning of its own; choose another name.");
    if (parts_.contains(std::string(name)))
      return wrong(std::format("{} is defined already; names must differ.", shown_name(shortened(name))));
    return {};
  }

  Result<> add(TlogPolicy::Part part) {
    if (policy_.parts_.size() == most_parts) return wrong(std::format("more than {} names.", most_parts));
    parts_.emplace(part.name, policy_.parts_.size());
    policy_.parts_.push_back(std::move(part));
    return {};
  }

  TlogPolicy policy_;
  std::map<std::string, std::size_t> parts_;  // by name
  std::set<std::size_t> members_;             // of any group
  bool has_quorum_ = false;
  std::size_t number_ = 0;
};

Result<TlogPolicy> TlogPolicy::parse(std::string_view text) { return PolicyReader().read(text); }

bool TlogPolicy::met(std::size_t part, const std::set<std::string>& witnesses) const {
  const Part& it = parts_[part];
  if (it.members.empty()) return witnesses.contains(it.name);
  auto met_members = std::ranges::count_if(it.members, [&](std::size_t member) { return met(member, witnesses); });
  return static_cast<std::size_t>(met_members) >= it.needed;
}

bool TlogPolicy::met_by(const std::set<std::string>& witnesses) const { return !quorum_ || met(*quorum_, witnesses); }

std::string TlogPolicy::words(std::size_t part) const {
  const Part& it = parts_[part];
  if (it.members.empty()) return shown_name(it.name);
  std::string members;
  for (std::size_t member : it.members) {
    bool group = !parts_[member].members.empty();
    members += std::format("{}{}{}{}", members.empty() ? "" : ", ", group ? "(" : "", words(member), group ? ")" : "");
  }
  return std::format("{} of {}", it.needed, members);
}

std::string TlogPolicy::quorum_in_words() const { return quorum_ ? words(*quorum_) : "no witness"; }

std::string shown_name(std::string_view name) {
  if (find_invalid_utf8(name) == std::string_view::npos) return std::string(name);
  std::string out;
  for (char c : name) {
    auto byte = static_cast<unsigned char>(c);
    out += byte < 0x80 ? std::string(1, c) : std::format("\\x{:02x}", byte);
  }
  return out;
}

Result<QuorumVerdict> judge_quorum(const TlogPolicy& policy, std::string_view note) {
  TRY_ASSIGN(NoteParts parts, split_note(note));
  QuorumVerdict verdict;
  std::set<std::string> have;
  for (const TlogPolicy::Witness& witness : policy.witnesses()) {
    for (const NoteSignature& signature : parts.signatures) {
      TRY_ASSIGN(auto at, witness.key.time_of(signature, parts.text));
      if (!at || !have.insert(witness.name).second) continue;
      verdict.cosigned.push_back({.witness = shown_name(witness.name), .at = *at});
    }
    if (!have.contains(witness.name)) verdict.missing.push_back(shown_name(witness.name));
  }
  verdict.met = policy.met_by(have);
  return verdict;
}

bool accepts_log(const TlogPolicy& policy, const NoteVerifier& log) {
  return policy.logs().empty() || std::ranges::any_of(policy.logs(), [&](const NoteVerifier& listed) {
           return listed.name() == log.name() && listed.key() == log.key();
         });
}

}  // namespace entente::audit
