// The keys of subjects. What is recorded of a subject's requests lies in the store sealed under a key of their own, so
// that destroying 32 bytes makes all of it unreadable: here, in the store's old pages and in every backup of it.
//
// On disk a folder: `<epoch>.key`, a key, and `<epoch>.subjects`, the subjects' keys sealed under it, one appended when
// a subject is first seen. To forget somebody, all the others are written as the next epoch; when its `.key` is on
// disk, it is what counts, and the old `.key` is overwritten and removed. A copy of an old `.subjects` is then of no
// use, so nothing but the `.key` must stay out of the copies that are made of the folder. After a crash the highest
// epoch with a `.key` counts, and opening for writing ends what was cut.
//
// Any thread; who reads never waits for the disk. What writes blocks on it, one at a time: the store's writer thread
// does, and whoever forgets or restores beside it. One process at a time opens a folder for writing. Failure:
// unavailable, with the path and what to do; then nothing has changed, unless it says otherwise.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "domain/subject.hpp"
#include "store/subject_file.hpp"

namespace entente::store {

class SubjectKeys {
 public:
  enum class Access { read, write };

  // For writing, the folder is made if it is not there; for reading, none is empty, and nothing is changed. Errors:
  // conflict (somebody else writes there), unavailable (a record that should open does not).
  static Result<std::unique_ptr<SubjectKeys>> open(const std::filesystem::path& folder, Access access);
  static std::unique_ptr<SubjectKeys> none();  // nobody's, for reading
  ~SubjectKeys();
  SubjectKeys(const SubjectKeys&) = delete;
  SubjectKeys& operator=(const SubjectKeys&) = delete;

  // The subject's number, given with a key of its own when it is first seen; on disk when this returns. Random,
  // positive, below 2^62, never given again. too_large: a name of more than 32 KiB.
  Result<std::int64_t> number_of(const Subject& subject);

  std::optional<std::int64_t> find(const Subject& subject) const;
  // All of them; one that came again after its backup was restored has two numbers, find()'s first.
  std::vector<std::pair<std::int64_t, Subject>> all() const;
  bool has(std::int64_t number) const;

  // As base/sealing.hpp. not_found: the key is not here.
  Result<std::string> seal(std::int64_t number, std::string_view plain, std::string_view bound) const;
  Result<std::string> unseal(std::int64_t number, std::string_view sealed, std::string_view bound) const;

  // From now on this subject is one anew, with another number; what is sealed under this one still opens until it is
  // forgotten. Not on disk: a number that was retired and not forgotten counts again after a new start.
  void retire(std::int64_t number);
  bool is_retired(const Subject& subject) const;  // a number of it is
  void take_back(std::int64_t number);            // it is not retired after all

  // Their keys are destroyed, on disk and in memory, when this returns. Numbers that are not here are passed over. A
  // subject that comes again gets a new number. After a failure to destroy what is left of the old epoch they are not
  // here any more, but may be on the disk: call it again, with the same numbers or none.
  Result<> forget(std::span<const std::int64_t> numbers);

  // All of it as one text, sealed to an offline key (base/offline_box.hpp), and back: what is not here is added, except
  // numbers in `erased`; says how many were. invalid_request: a wrong key, or no such text.
  Result<std::string> backup(std::string_view public_key) const;
  Result<std::size_t> restore(std::string_view backup, std::string_view private_key,
                              std::span<const std::int64_t> erased);

 private:
  SubjectKeys(std::filesystem::path folder, Access access) : folder_(std::move(folder)), access_(access) {}

  std::filesystem::path key_file(std::uint64_t epoch) const;
  std::filesystem::path subjects_file(std::uint64_t epoch) const;
  std::unexpected<Error> damaged(const std::filesystem::path& file, std::string_view what) const;

  Result<> open_for_writing();
  Result<> open_for_reading();
  Result<> read_epoch(std::uint64_t epoch);
  void add(KnownSubject known);

  Result<> may_write();
  Result<> append(std::string_view record);
  Result<> begin_epoch(std::span<const KnownSubject* const> subjects);
  Result<> destroy_other_epochs();
  std::vector<const KnownSubject*> in_order() const;

  const std::filesystem::path folder_;
  const Access access_;

  std::mutex writing_;  // held by one who writes, also while the disk works
  int lock_ = -1;       // the folder, locked against other processes
  std::uint64_t epoch_ = 0;
  HeldKey epoch_key_;
  std::uint64_t size_ = 0;   // bytes of the epoch's subjects that are on disk
  bool half_begun_ = false;  // the next epoch's key may be on disk, though it was told that it could not begin

  mutable std::shared_mutex memory_;  // whoever changes what follows holds both
  std::unordered_map<std::int64_t, KnownSubject> by_number_;
  std::map<Subject, std::vector<std::int64_t>> by_subject_;
  std::unordered_set<std::int64_t> retired_;
};

}  // namespace entente::store
