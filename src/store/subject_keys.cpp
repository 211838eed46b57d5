#include "store/subject_keys.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <format>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/crypto.hpp"
#include "base/encoding.hpp"
#include "base/log.hpp"
#include "base/offline_box.hpp"
#include "store/durable_file.hpp"

namespace entente::store {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view key_ending = ".key", subjects_ending = ".subjects";
constexpr std::string_view backup_head =
    "entente subjects 1\n";  // what a backup begins with, and what it is sealed for

// A file of some epoch. One that ends in ".new" was being written (durable_file.hpp) and counts for nothing.
struct EpochFile {
  fs::path path;
  std::uint64_t epoch = 0;
  bool key = false, unfinished = false;
};

std::optional<EpochFile> epoch_file(const fs::path& path) {
  std::string name = path.filename();
  EpochFile file{.path = path};
  std::string_view rest = name;
  if (rest.ends_with(".new")) {
    file.unfinished = true;
    rest.remove_suffix(4);
  }
  auto read = std::from_chars(rest.data(), rest.data() + rest.size(), file.epoch);
  if (read.ec != std::errc() || rest.front() == '0') return std::nullopt;
  std::string_view ending = rest.substr(static_cast<std::size_t>(read.ptr - rest.data()));
  file.key = ending == key_ending;
  if (!file.key && ending != subjects_ending) return std::nullopt;
  return file;
}

Result<std::vector<EpochFile>> epoch_files(const fs::path& folder) {
  std::vector<EpochFile> files;
  std::error_code failure;
  for (fs::directory_iterator at(folder, failure), end; !failure && at != end; at.increment(failure)) {
    if (auto file = epoch_file(at->path())) files.push_back(*std::move(file));
  }
  if (failure && failure != std::errc::no_such_file_or_directory) {
    return fail(ErrorCode::unavailable, std::format("{} cannot be read: {}.", folder.string(), failure.message()));
  }
  return files;
}

// The epoch that counts: the highest whose key is there; 0 where there is none.
std::uint64_t valid_epoch(std::span<const EpochFile> files) {
  std::uint64_t highest = 0;
  for (const EpochFile& file : files) {
    if (file.key && !file.unfinished) highest = std::max(highest, file.epoch);
  }
  return highest;
}

}  // namespace

SubjectKeys::~SubjectKeys() {
  if (lock_ >= 0) ::close(lock_);
}

fs::path SubjectKeys::key_file(std::uint64_t epoch) const { return folder_ / std::format("{}{}", epoch, key_ending); }
fs::path SubjectKeys::subjects_file(std::uint64_t epoch) const {
  return folder_ / std::format("{}{}", epoch, subjects_ending);
}

std::unexpected<Error> SubjectKeys::damaged(const fs::path& file, std::string_view what) const {
  return fail(
      ErrorCode::unavailable,
      std::format("{} {}: move the folder {} away and put it back from a backup with `entente subjects restore`.",
                  file.string(), what, folder_.string()));
}

Result<std::unique_ptr<SubjectKeys>> SubjectKeys::open(const fs::path& folder, Access access) {
  std::unique_ptr<SubjectKeys> keys(new SubjectKeys(folder, access));
  TRY(access == Access::write ? keys->open_for_writing() : keys->open_for_reading());
  return keys;
}

std::unique_ptr<SubjectKeys> SubjectKeys::none() {
  return std::unique_ptr<SubjectKeys>(new SubjectKeys({}, Access::read));
}

Result<> SubjectKeys::open_for_writing() {
  TRY(make_private_folder(folder_));
  TRY(flush_folder(folder_.parent_path()));
  lock_ = ::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (lock_ < 0) return fail(ErrorCode::unavailable, std::format("{} cannot be read.", folder_.string()));
  if (::flock(lock_, LOCK_EX | LOCK_NB) != 0) {
    return fail(ErrorCode::conflict,
                std::format("Another process writes in {}: stop the server that uses it first.", folder_.string()));
  }
  TRY_ASSIGN(std::vector<EpochFile> files, epoch_files(folder_));
  if (std::uint64_t epoch = valid_epoch(files)) {
    TRY(read_epoch(epoch));
    if (std::ranges::any_of(files, [&](const EpochFile& file) { return file.key && file.epoch < epoch; }))
      log::warning("The forgetting of subjects was cut short; it is ended now.", {{"folder", folder_.string()}});
  } else {
    // A first epoch that was cut short has a head alone; more than that had a key.
    for (const EpochFile& file : files) {
      std::error_code failure;
      if (!file.key && !file.unfinished && fs::file_size(file.path, failure) > subjects_head_size)
        return damaged(file.path, "has no key beside it");
    }
    TRY(begin_epoch({}));
  }
  return destroy_other_epochs();
}

Result<> SubjectKeys::open_for_reading() {
  TRY_ASSIGN(std::vector<EpochFile> files, epoch_files(folder_));
  for (;;) {
    std::uint64_t epoch = valid_epoch(files);
    if (epoch == 0) return {};
    Result<> read = read_epoch(epoch);
    if (read) return read;
    // A server may have forgotten somebody while we read.
    TRY_ASSIGN(files, epoch_files(folder_));
    if (valid_epoch(files) <= epoch) return read;
  }
}

Result<> SubjectKeys::read_epoch(std::uint64_t epoch) {
  TRY_ASSIGN(auto key, read_file(key_file(epoch)));
  if (!key || key->size() != epoch_key_.bytes.size()) return damaged(key_file(epoch), "is no key of 32 bytes");
  std::ranges::copy(as_bytes(*key), epoch_key_.bytes.begin());
  wipe(*key);
  fs::path path = subjects_file(epoch);
  TRY_ASSIGN(auto file, read_file(path));
  if (!file) return damaged(path, "is not there, but its key is");
  ReadSubjects read = read_subjects(*file, epoch_key_.bytes, epoch);
  if (read.damaged_at) {
    return damaged(path, std::format("does not open with its key at byte {}", *read.damaged_at));
  }
  if (read.whole < file->size() && access_ == Access::write) {
    log::warning("The end of a file is what a crash left of a subject that nobody was told of; it is cut off.",
                 {{"file", path.string()}, {"bytes", file->size() - read.whole}});
    TRY(cut_file(path, read.whole));
  }
  epoch_ = epoch;
  size_ = read.whole;
  for (KnownSubject& known : read.subjects) add(std::move(known));
  return {};
}

void SubjectKeys::add(KnownSubject known) {
  auto [at, is_new] = by_number_.try_emplace(known.number, std::move(known));
  if (is_new) by_subject_[at->second.subject].push_back(at->first);
}

// In the order in which they are read again: find() shall give the same number then.
std::vector<const KnownSubject*> SubjectKeys::in_order() const {
  std::vector<const KnownSubject*> all;
  all.reserve(by_number_.size());
  for (const auto& [subject, numbers] : by_subject_) {
    for (std::int64_t number : numbers) all.push_back(&by_number_.at(number));
  }
  return all;
}

std::optional<std::int64_t> SubjectKeys::find(const Subject& subject) const {
  std::shared_lock memory(memory_);
  auto found = by_subject_.find(subject);
  if (found == by_subject_.end()) return std::nullopt;
  auto number = std::ranges::find_if(found->second, [&](std::int64_t one) { return !retired_.contains(one); });
  return number == found->second.end() ? std::nullopt : std::optional(*number);
}

void SubjectKeys::retire(std::int64_t number) {
  std::scoped_lock writing(writing_);
  std::unique_lock memory(memory_);
  if (by_number_.contains(number)) retired_.insert(number);
}

void SubjectKeys::take_back(std::int64_t number) {
  std::scoped_lock writing(writing_);
  std::unique_lock memory(memory_);
  retired_.erase(number);
}

bool SubjectKeys::is_retired(const Subject& subject) const {
  std::shared_lock memory(memory_);
  if (retired_.empty()) return false;
  auto found = by_subject_.find(subject);
  return found != by_subject_.end() &&
         std::ranges::any_of(found->second, [&](std::int64_t number) { return retired_.contains(number); });
}

std::vector<std::pair<std::int64_t, Subject>> SubjectKeys::all() const {
  std::shared_lock memory(memory_);
  std::vector<std::pair<std::int64_t, Subject>> all;
  all.reserve(by_number_.size());
  for (const KnownSubject* known : in_order()) all.emplace_back(known->number, known->subject);
  return all;
}

bool SubjectKeys::has(std::int64_t number) const {
  std::shared_lock memory(memory_);
  return by_number_.contains(number);
}

namespace {
std::unexpected<Error> no_key(std::int64_t number) {
  return fail(ErrorCode::not_found,
              std::format("The key of subject {} is not here: what it sealed cannot be read any more.", number));
}
}  // namespace

// The lock is held to the end, so that no copy of a key is in use when forget() returns.
Result<std::string> SubjectKeys::seal(std::int64_t number, std::string_view plain, std::string_view bound) const {
  std::shared_lock memory(memory_);
  auto found = by_number_.find(number);
  if (found == by_number_.end()) return no_key(number);
  return entente::seal(found->second.key.bytes, plain, bound);
}

Result<std::string> SubjectKeys::unseal(std::int64_t number, std::string_view sealed, std::string_view bound) const {
  std::shared_lock memory(memory_);
  auto found = by_number_.find(number);
  if (found == by_number_.end()) return no_key(number);
  return entente::unseal(found->second.key.bytes, sealed, bound);
}

Result<> SubjectKeys::may_write() {
  if (access_ != Access::write)
    return fail(ErrorCode::unavailable, std::format("{} is open for reading only.", folder_.string()));
  if (!half_begun_) return {};
  // Two epochs that both count would lose what is appended to the lower one.
  TRY(remove_file(key_file(epoch_ + 1)));
  half_begun_ = false;
  return {};
}

Result<std::int64_t> SubjectKeys::number_of(const Subject& subject) {
  if (auto known = find(subject)) return *known;
  if (subject.tenant.size() > most_of_a_name || subject.name.size() > most_of_a_name) {
    return fail(ErrorCode::too_large,
                std::format("A person's name is at most {} bytes long: send a shorter one.", most_of_a_name));
  }
  std::scoped_lock writing(writing_);
  if (auto known = find(subject)) return *known;  // another was quicker
  TRY(may_write());
  KnownSubject known{.subject = subject, .key = {new_secret_key()}};
  while (known.number == 0 || by_number_.contains(known.number)) {
    std::array<std::uint8_t, 8> random;
    random_bytes(random);
    known.number = static_cast<std::int64_t>(std::bit_cast<std::uint64_t>(random) >> 2);
  }
  TRY(append(subject_record(known, epoch_key_.bytes, epoch_)));
  std::unique_lock memory(memory_);
  std::int64_t number = known.number;
  add(std::move(known));
  return number;
}

Result<> SubjectKeys::append(std::string_view record) {
  fs::path file = subjects_file(epoch_);
  std::error_code failure;
  std::uint64_t there = fs::file_size(file, failure);
  if (failure || there < size_) return damaged(file, "was taken away or cut by somebody else");
  if (there > size_) TRY(cut_file(file, size_));  // what a failed append could not take back
  TRY(append_to_file(file, record, 0600));
  size_ += record.size();
  return {};
}

// The old epoch's files are still there afterwards. After a failure the old epoch counts.
Result<> SubjectKeys::begin_epoch(std::span<const KnownSubject* const> subjects) {
  const std::uint64_t epoch = epoch_ + 1;
  const HeldKey key{new_secret_key()};
  std::string file = subjects_head(key.bytes, epoch);
  for (const KnownSubject* known : subjects) file += subject_record(*known, key.bytes, epoch);
  TRY(replace_file(subjects_file(epoch), file, 0600));
  if (Result<> begun = replace_file(key_file(epoch), as_text(key.bytes), 0600); !begun) {
    half_begun_ = true;
    if (!may_write())
      log::warning("A key that counts for nothing could not be removed.", {{"folder", folder_.string()}});
    return begun;
  }
  epoch_ = epoch;
  epoch_key_ = key;
  size_ = file.size();
  return {};
}

Result<> SubjectKeys::destroy_other_epochs() {
  TRY_ASSIGN(std::vector<EpochFile> files, epoch_files(folder_));
  Result<> all;
  auto keep = [&](Result<> done) {
    if (!done && all) all = std::move(done);
  };
  for (const EpochFile& file : files) {
    if (file.key && (file.unfinished || file.epoch < epoch_)) keep(destroy_file(file.path));
  }
  for (const EpochFile& file : files) {
    if (!file.key && (file.unfinished || file.epoch != epoch_)) keep(remove_file(file.path));
  }
  return all;
}

Result<> SubjectKeys::forget(std::span<const std::int64_t> numbers) {
  std::scoped_lock writing(writing_);
  TRY(may_write());
  std::unordered_set<std::int64_t> gone;
  for (std::int64_t number : numbers) {
    if (by_number_.contains(number)) gone.insert(number);
  }
  if (!gone.empty()) {
    auto left = in_order();
    std::erase_if(left, [&](const KnownSubject* known) { return gone.contains(known->number); });
    TRY(begin_epoch(left));
    std::unique_lock memory(memory_);
    for (std::int64_t number : gone) {
      auto known = by_number_.find(number);
      auto of = by_subject_.find(known->second.subject);
      std::erase(of->second, number);
      if (of->second.empty()) by_subject_.erase(of);
      by_number_.erase(known);
      retired_.erase(number);
    }
  }
  return destroy_other_epochs();
}

Result<std::string> SubjectKeys::backup(std::string_view public_key) const {
  std::string list;
  {
    std::shared_lock memory(memory_);
    list = list_of_subjects(in_order());
  }
  Result<std::string> sealed = seal_to(public_key, list, backup_head);
  wipe(list);
  if (sealed) sealed->insert(0, backup_head);
  return sealed;
}

Result<std::size_t> SubjectKeys::restore(std::string_view backup, std::string_view private_key,
                                         std::span<const std::int64_t> erased) {
  if (!backup.starts_with(backup_head))
    return fail(ErrorCode::invalid_request, "This is no backup of the keys of subjects.");
  TRY_ASSIGN(std::string list, open_with(private_key, backup.substr(backup_head.size()), backup_head));
  auto subjects = subjects_of_list(list);
  wipe(list);
  if (!subjects)
    return fail(ErrorCode::invalid_request, "This backup of the keys of subjects was not made by entente.");

  std::scoped_lock writing(writing_);
  TRY(may_write());
  std::unordered_set<std::int64_t> passed_over(erased.begin(), erased.end());
  std::erase_if(*subjects, [&](const KnownSubject& known) {
    return by_number_.contains(known.number) || !passed_over.insert(known.number).second;
  });
  if (!subjects->empty()) {
    // As a new epoch and not appended: all of it counts at once, or none.
    auto with_them = in_order();
    for (const KnownSubject& known : *subjects) with_them.push_back(&known);
    TRY(begin_epoch(with_them));
    std::unique_lock memory(memory_);
    for (KnownSubject& known : *subjects) add(std::move(known));
  }
  TRY(destroy_other_epochs());
  return subjects->size();
}

}  // namespace entente::store
