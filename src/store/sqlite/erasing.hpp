// Erasing: what SqliteStore does for those whom records are about: lists them, takes the wish that what is known of one
// goes, carries it out, lets go of what is too old, and keeps what is held.
//
// The entry that says so is on disk before a key is destroyed. A crash in between is made good by the next carry_out(),
// and so is a folder of keys that was put back from before.
//
// Threads as for Store: look_again() from any, the rest blocks. Failure: as the Store's calls say.
#pragma once

#include <atomic>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "store/records.hpp"
#include "store/sqlite/journal.hpp"
#include "store/sqlite/writer.hpp"
#include "store/subject_keys.hpp"

namespace entente::store {

class Erasing {
 public:
  // All of it must stay. `deleted`: of the writer's thread; set when the disk may still show what was deleted.
  Erasing(const std::filesystem::path& file, const Clock& clock, SubjectKeys& subjects, Journal& journal,
          Writer& writer, bool& deleted)
      : file_(file), clock_(clock), subjects_(subjects), journal_(journal), writer_(writer), deleted_(deleted) {}

  Result<std::vector<SubjectRow>> subjects() const;
  Result<std::int64_t> want(const SubjectRow& subject, const std::string& ground);
  Result<std::optional<ErasureState>> state(std::int64_t id) const;
  Result<> hold(const SubjectRow& subject, const std::string& ground);
  Result<> release(const SubjectRow& subject);
  Result<std::size_t> restore(const std::string& backup, const std::string& private_key);

  // Another process may have written a wish.
  void look_again() { wanted_ = true; }
  // How many erasures; none, at once, when nobody can have wished for one.
  Result<std::size_t> carry_out();

  Result<LetGo> let_go(Instant before, const std::string& ground);
  Result<LetGo> drop_accounts(Instant before);

 private:
  Result<std::size_t> erase_wanted(Database& database, bool& more);
  Result<> forget_the_unneeded();

  const std::filesystem::path& file_;
  const Clock& clock_;
  SubjectKeys& subjects_;
  Journal& journal_;
  Writer& writer_;
  bool& deleted_;
  std::atomic<bool> wanted_ = true;
  bool left_over_ = true;  // subjects of whom nothing may be left; of the thread that calls let_go()
};

}  // namespace entente::store
