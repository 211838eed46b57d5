#include "store/subject_file.hpp"

#include <algorithm>
#include <format>

#include "base/encoding.hpp"

namespace entente::store {

namespace {

constexpr std::size_t length_size = 4;
constexpr std::size_t fixed_size = 8 + std::tuple_size_v<SecretKey> + 1 + length_size + length_size;
constexpr std::size_t least_sealed = sealing_adds, most_sealed = sealing_adds + fixed_size + 2 * most_of_a_name;

template <class Number>
void put(std::string& out, Number number) {
  for (std::size_t i = 0; i < sizeof(Number); ++i) out += static_cast<char>(number >> (8 * i) & 255);
}

// Takes a number from the front.
template <class Number>
bool take(std::string_view& from, Number& number) {
  if (from.size() < sizeof(Number)) return false;
  number = 0;
  for (std::size_t i = sizeof(Number); i-- > 0;) {
    number = static_cast<Number>(number << 8 | static_cast<unsigned char>(from[i]));
  }
  from.remove_prefix(sizeof(Number));
  return true;
}

void put_text(std::string& out, std::string_view text) {
  put(out, static_cast<std::uint32_t>(text.size()));
  out += text;
}
bool take_text(std::string_view& from, std::string_view& text) {
  std::uint32_t size = 0;
  if (!take(from, size) || from.size() < size) return false;
  text = from.substr(0, size);
  from.remove_prefix(size);
  return true;
}

std::size_t packed_size(const KnownSubject& known) {
  return fixed_size + known.subject.tenant.size() + known.subject.name.size();
}

// Into room that was made before: what grows leaves copies behind.
void pack(std::string& out, const KnownSubject& known) {
  put(out, static_cast<std::uint64_t>(known.number));
  out += as_text(known.key.bytes);
  put(out, static_cast<std::uint8_t>(known.subject.kind));
  put_text(out, known.subject.tenant);
  put_text(out, known.subject.name);
}

std::optional<KnownSubject> unpack(std::string_view packed) {
  KnownSubject known;
  std::uint64_t number = 0;
  std::uint8_t kind = 0;
  std::string_view tenant, name;
  if (!take(packed, number) || packed.size() < known.key.bytes.size()) return std::nullopt;
  std::ranges::copy(as_bytes(packed.substr(0, known.key.bytes.size())), known.key.bytes.begin());
  packed.remove_prefix(known.key.bytes.size());
  bool whole = take(packed, kind) && take_text(packed, tenant) && take_text(packed, name) && packed.empty();
  known.number = static_cast<std::int64_t>(number);
  known.subject = {.tenant = std::string(tenant), .kind = Subject::Kind(kind), .name = std::string(name)};
  bool sound =
      known.number > 0 && (known.subject.kind == Subject::Kind::person || known.subject.kind == Subject::Kind::key);
  if (!whole || !sound) return std::nullopt;
  return known;
}

std::string bound_of_head(std::uint64_t epoch) { return std::format("entente subjects of epoch {}", epoch); }
std::string bound_of_record(std::uint64_t epoch) { return std::format("entente subject {}", epoch); }

std::string with_length(std::string_view sealed) {
  std::string out;
  out.reserve(length_size + sealed.size());
  put_text(out, sealed);
  return out;
}

// The sealed text at the beginning of `rest`: none where its length says nonsense or more than there is.
std::optional<std::string_view> sealed_at(std::string_view rest) {
  std::string_view sealed;
  if (!take_text(rest, sealed) || sealed.size() < least_sealed || sealed.size() > most_sealed) return std::nullopt;
  return sealed;
}

std::optional<KnownSubject> open_record(std::string_view sealed, const SecretKey& key, std::string_view bound) {
  Result<std::string> packed = unseal(key, sealed, bound);
  if (!packed) return std::nullopt;
  std::optional<KnownSubject> known = unpack(*packed);
  wipe(*packed);
  return known;
}

// Whether `rest`, whose first record does not open, is what a crash leaves of one append.
bool is_torn_append(std::string_view rest, const SecretKey& key, std::string_view bound) {
  if (rest.size() > length_size + most_sealed) return false;
  // A record is written after the one before was on disk whole.
  if (auto first = sealed_at(rest); first && rest.size() > length_size + first->size()) return false;
  // Its length may be what is damaged: then a whole record follows somewhere.
  for (std::size_t i = 1; i < rest.size(); ++i) {
    if (auto sealed = sealed_at(rest.substr(i)); sealed && open_record(*sealed, key, bound)) return false;
  }
  return true;
}

}  // namespace

std::string subjects_head(const SecretKey& epoch_key, std::uint64_t epoch) {
  return with_length(seal(epoch_key, "", bound_of_head(epoch)));
}

std::string subject_record(const KnownSubject& known, const SecretKey& epoch_key, std::uint64_t epoch) {
  std::string packed;
  packed.reserve(packed_size(known));
  pack(packed, known);
  std::string record = with_length(seal(epoch_key, packed, bound_of_record(epoch)));
  wipe(packed);
  return record;
}

ReadSubjects read_subjects(std::string_view file, const SecretKey& epoch_key, std::uint64_t epoch) {
  ReadSubjects read;
  auto head = sealed_at(file);
  if (!head || !unseal(epoch_key, *head, bound_of_head(epoch))) {
    read.damaged_at = 0;
    return read;
  }
  read.whole = length_size + head->size();
  const std::string bound = bound_of_record(epoch);
  while (read.whole < file.size()) {
    std::string_view rest = file.substr(read.whole);
    auto sealed = sealed_at(rest);
    auto known = sealed ? open_record(*sealed, epoch_key, bound) : std::nullopt;
    if (!known) {
      if (!is_torn_append(rest, epoch_key, bound)) read.damaged_at = read.whole;
      return read;
    }
    read.subjects.push_back(*std::move(known));
    read.whole += length_size + sealed->size();
  }
  return read;
}

std::string list_of_subjects(std::span<const KnownSubject* const> subjects) {
  std::size_t size = sizeof(std::uint64_t);
  for (const KnownSubject* known : subjects) size += length_size + packed_size(*known);
  std::string list;
  list.reserve(size);
  put(list, static_cast<std::uint64_t>(subjects.size()));
  for (const KnownSubject* known : subjects) {
    put(list, static_cast<std::uint32_t>(packed_size(*known)));
    pack(list, *known);
  }
  return list;
}

std::optional<std::vector<KnownSubject>> subjects_of_list(std::string_view list) {
  std::uint64_t count = 0;
  if (!take(list, count) || count > list.size() / fixed_size) return std::nullopt;
  std::vector<KnownSubject> subjects;
  subjects.reserve(count);
  while (!list.empty()) {
    std::string_view packed;
    if (!take_text(list, packed)) return std::nullopt;
    auto known = unpack(packed);
    if (!known) return std::nullopt;
    subjects.push_back(*std::move(known));
  }
  if (subjects.size() != count) return std::nullopt;
  return subjects;
}

}  // namespace entente::store
