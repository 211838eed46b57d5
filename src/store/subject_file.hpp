// The files of subjects' keys as bytes: a head and one record for each subject, all sealed under the key of their epoch
// (subject_keys.hpp says what an epoch is), and the plain list of them that a backup seals. Pure, any thread.
//
// A file grows by one record at a time, so a crash leaves at most one at its end that is not whole. Nothing else may
// fail to open: that is damage, and is told apart because the end would otherwise be cut where keys still follow.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/sealing.hpp"
#include "domain/subject.hpp"

namespace entente::store {

struct KnownSubject {
  std::int64_t number = 0;
  Subject subject;
  HeldKey key;
};

inline constexpr std::size_t most_of_a_name = 32 * 1024;  // bytes of a tenant's or a subject's name

// What a file begins with. It opens with the epoch's key alone, so a wrong key is noticed before anything is cut.
std::string subjects_head(const SecretKey& epoch_key, std::uint64_t epoch);
std::string subject_record(const KnownSubject& known, const SecretKey& epoch_key, std::uint64_t epoch);
inline constexpr std::size_t subjects_head_size = 4 + sealing_adds;

struct ReadSubjects {
  std::vector<KnownSubject> subjects;
  std::size_t whole = 0;                  // bytes up to the end of the last whole record: what follows is to be cut
  std::optional<std::size_t> damaged_at;  // the byte where a record begins that should open and does not
};
ReadSubjects read_subjects(std::string_view file, const SecretKey& epoch_key, std::uint64_t epoch);

// The list holds keys in plain: whoever has it wipes it.
std::string list_of_subjects(std::span<const KnownSubject* const> subjects);
std::optional<std::vector<KnownSubject>> subjects_of_list(std::string_view list);

}  // namespace entente::store
