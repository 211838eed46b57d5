#include "local/memory/spill.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <format>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include <pthread.h>

#include "base/log.hpp"
#include "local/memory/spill_file.hpp"
#include "local/memory/spill_index.hpp"

namespace entente::local {

namespace {

using Clock = std::chrono::steady_clock;
using Id = Shelf::Id;
using ShelfId = SpillIndex::ShelfId;

// Which piece of which entry it is: no slot opens for another one.
std::string bound_of(Id id, std::size_t piece, std::uint64_t bytes) {
  return std::format("{} {} {}", id, piece, bytes);
}

class SpillImpl final : public Spill, public std::enable_shared_from_this<SpillImpl> {
 public:
  SpillImpl(Options options, SpillFile file)
      : options_(std::move(options)),
        file_(std::move(file)),
        index_(static_cast<std::uint32_t>(std::min<std::uint64_t>(options_.bytes / SpillFile::slot_bytes, UINT32_MAX))),
        thread_([this] { run(); }) {}

  ~SpillImpl() override {
    {
      std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    work_.notify_one();
    thread_.join();
  }

  std::shared_ptr<Shelf> shelf(std::shared_ptr<Bell> bell, double cost) override;

  Room room() const override {
    std::lock_guard lock(mutex_);
    return {.budget = std::uint64_t{index_.slots()} * SpillFile::slot_bytes,
            .taken = std::uint64_t{index_.slots_in_use()} * SpillFile::slot_bytes};
  }

  // What a Shelf does.

  void remove(ShelfId shelf) {
    std::unique_lock lock(mutex_);
    shelves_.erase(shelf);  // from now on nothing more is done for it
    std::erase_if(waiting_, [&](const Waiting& one) { return one.entry.shelf == shelf; });
    std::erase_if(reads_, [&](Id id) { return index_.find(id)->shelf == shelf; });
    idle_.wait(lock, [&] { return busy_with_ != shelf; });
    if (writing_ && writing_->entry.shelf == shelf) writing_.reset();
    index_.remove_shelf(shelf);
    work_.notify_one();  // the file's end may be cut
  }

  Id offer(ShelfId shelf, double cost, std::string_view owner, std::span<const Token> tokens, SavedState state,
           double uses) {
    std::lock_guard lock(mutex_);
    std::uint32_t slots = SpillFile::slots_for(state->size());
    if (slots == 0 || slots > index_.slots() || Clock::now() < writes_again_at_) return 0;
    if (Id there = index_.covering(shelf, owner, tokens)) {
      index_.used(there, uses);
      return there;
    }
    Waiting& one = waiting_.emplace_back();
    one.id = next_id_++;
    one.entry = {.shelf = shelf,
                 .owner = std::string(owner),
                 .tokens = {tokens.begin(), tokens.end()},
                 .bytes = state->size(),
                 .cost = cost,
                 .uses = uses};
    one.state = std::move(state);
    work_.notify_one();
    return one.id;
  }

  bool has(Id id) const {
    std::lock_guard lock(mutex_);
    return index_.find(id) || std::ranges::contains(waiting_, id, &Waiting::id);
  }

  void left_memory(Id id, double uses) {
    std::lock_guard lock(mutex_);
    if (std::erase_if(waiting_, [id](const Waiting& one) { return one.id == id; }) == 0) index_.used(id, uses);
  }

  Shelf::Best find(ShelfId shelf, std::string_view owner, std::span<const Token> prompt) const {
    std::lock_guard lock(mutex_);
    return index_.best(shelf, owner, prompt);
  }

  bool fetch(Id id) {
    std::lock_guard lock(mutex_);
    const SpillIndex::Entry* entry = index_.find(id);
    if (!entry || !entry->written) return false;
    index_.used(id, entry->uses);
    if (entry->reading) return true;
    index_.set_reading(id, true);
    reads_.push_back(id);
    work_.notify_one();
    return true;
  }

  std::vector<Shelf::Back> take_back(ShelfId shelf) {
    std::lock_guard lock(mutex_);
    return std::exchange(shelves_.at(shelf).back, {});
  }

  Shelf::Stats stats(ShelfId shelf) const {
    std::lock_guard lock(mutex_);
    Shelf::Stats out = index_.stats(shelf);
    out.hits = shelves_.at(shelf).hits;
    return out;
  }

 private:
  struct OneShelf {
    std::shared_ptr<Bell> bell;
    std::vector<Shelf::Back> back;
    std::uint64_t hits = 0;
  };
  struct Waiting {
    Id id = 0;
    SpillIndex::Entry entry;
    SavedState state;
  };
  struct Writing {
    Id id = 0;
    SpillIndex::Entry entry;  // with its slots
    SavedState state;
    std::size_t done = 0;  // pieces
  };

  // The thread does one thing at a time, with the mutex let go of meanwhile: an entry's reading, or a piece's writing.

  void run() {
    pthread_setname_np(pthread_self(), "spill");
    std::unique_lock lock(mutex_);
    while (true) {
      work_.wait(lock, [this] {
        return stopping_ || !reads_.empty() || writing_ || !waiting_.empty() || index_.end() < cut_at_;
      });
      if (stopping_) return;
      if (!reads_.empty()) {
        read_one(lock);
      } else if (writing_) {
        write_piece(lock);
      } else if (!waiting_.empty()) {
        begin_writing();
      } else {
        cut(lock);
      }
    }
  }

  void begin_writing() {
    Waiting next = std::move(waiting_.front());
    waiting_.pop_front();
    if (!index_.add(next.id, std::move(next.entry), SpillFile::slots_for(next.state->size()))) return;
    writing_.emplace(Writing{.id = next.id, .entry = *index_.find(next.id), .state = std::move(next.state)});
    cut_at_ = std::max(cut_at_, index_.end());
  }

  void write_piece(std::unique_lock<std::mutex>& lock) {
    // Nobody else touches `writing_` while the thread is busy with its shelf.
    Writing& now = *writing_;
    busy_with_ = now.entry.shelf;
    lock.unlock();
    std::size_t begin = now.done * SpillFile::piece_bytes;
    std::span piece = std::span(*now.state).subspan(begin, std::min(SpillFile::piece_bytes, now.state->size() - begin));
    Result<> wrote = file_.write(now.entry.slots[now.done], piece, bound_of(now.id, now.done, now.entry.bytes));
    if (!wrote) {
      log::warning("A computed prompt could not be written to the disk. None is for a while.",
                   {{"bytes", now.entry.bytes}, {"details", wrote.error().details}});
    }
    lock.lock();
    busy_with_ = 0;
    idle_.notify_all();
    if (!wrote) {
      writes_again_at_ = Clock::now() + options_.rest_after_failure;
      waiting_.clear();
      index_.remove(now.id);
    } else if (++now.done < now.entry.slots.size()) {
      return;
    } else {
      index_.written(now.id);
    }
    writing_.reset();
  }

  void read_one(std::unique_lock<std::mutex>& lock) {
    Id id = reads_.front();
    reads_.pop_front();
    const SpillIndex::Entry entry = *index_.find(id);  // what is read stays
    busy_with_ = entry.shelf;
    lock.unlock();
    auto state = std::make_shared<std::vector<std::uint8_t>>();
    Result<> read = read_all(id, entry, *state);
    if (!read) state = nullptr;
    if (!read && !gone(entry.shelf)) {
      log::warning("A computed prompt could not be read back from the disk. It is computed again.",
                   {{"bytes", entry.bytes}, {"details", read.error().details}});
    }
    lock.lock();
    busy_with_ = 0;
    idle_.notify_all();
    index_.set_reading(id, false);
    if (!read) index_.remove(id);
    auto shelf = shelves_.find(entry.shelf);
    if (shelf == shelves_.end()) return;
    shelf->second.hits += read ? 1 : 0;
    shelf->second.back.push_back(
        {.id = id, .owner = entry.owner, .tokens = entry.tokens, .state = std::move(state), .uses = entry.uses});
    shelf->second.bell->ring();
  }

  Result<> read_all(Id id, const SpillIndex::Entry& entry, std::vector<std::uint8_t>& state) {
    state.reserve(entry.bytes);
    for (std::size_t piece = 0; piece < entry.slots.size(); ++piece) {
      std::size_t bytes = std::min<std::uint64_t>(SpillFile::piece_bytes, entry.bytes - state.size());
      TRY(file_.read(entry.slots[piece], bytes, bound_of(id, piece, entry.bytes), state));
      if (gone(entry.shelf)) return fail(ErrorCode::cancelled, "Its model has gone.");
    }
    return {};
  }

  bool gone(ShelfId shelf) const {
    std::lock_guard lock(mutex_);
    return !shelves_.contains(shelf);
  }

  void cut(std::unique_lock<std::mutex>& lock) {
    std::uint32_t end = cut_at_ = index_.end();  // only this thread gives slots out
    lock.unlock();
    if (Result<> done = file_.cut(end); !done)
      log::warning("The file of computed prompts could not be cut.", {{"details", done.error().details}});
    lock.lock();
  }

  const Options options_;
  SpillFile file_;  // the thread's
  mutable std::mutex mutex_;
  std::condition_variable work_, idle_;  // with mutex_, which guards what follows
  SpillIndex index_;
  std::map<ShelfId, OneShelf> shelves_;
  std::deque<Waiting> waiting_;
  std::optional<Writing> writing_;
  std::deque<Id> reads_;
  ShelfId busy_with_ = 0;     // whose the thread is at, without the mutex
  std::uint32_t cut_at_ = 0;  // the file has no more slots than this
  Clock::time_point writes_again_at_{};
  Id next_id_ = 1;
  ShelfId next_shelf_ = 1;
  bool stopping_ = false;
  std::thread thread_;  // last: it uses the others
};

class SpillShelf final : public Shelf {
 public:
  SpillShelf(std::shared_ptr<SpillImpl> spill, ShelfId id, double cost)
      : spill_(std::move(spill)), id_(id), cost_(cost) {}
  ~SpillShelf() override { spill_->remove(id_); }

  Id offer(std::string_view owner, std::span<const Token> tokens, SavedState state, double uses) override {
    return spill_->offer(id_, cost_, owner, tokens, std::move(state), uses);
  }
  bool has(Id id) const override { return spill_->has(id); }
  void left_memory(Id id, double uses) override { spill_->left_memory(id, uses); }
  Best find(std::string_view owner, std::span<const Token> prompt) const override {
    return spill_->find(id_, owner, prompt);
  }
  bool fetch(Id id) override { return spill_->fetch(id); }
  std::vector<Back> take_back() override { return spill_->take_back(id_); }
  Stats stats() const override { return spill_->stats(id_); }

 private:
  const std::shared_ptr<SpillImpl> spill_;
  const ShelfId id_;
  const double cost_;
};

std::shared_ptr<Shelf> SpillImpl::shelf(std::shared_ptr<Bell> bell, double cost) {
  std::lock_guard lock(mutex_);
  ShelfId id = next_shelf_++;
  shelves_.emplace(id, OneShelf{.bell = std::move(bell)});
  return std::make_shared<SpillShelf>(shared_from_this(), id, cost);
}

}  // namespace

Result<std::shared_ptr<Spill>> Spill::open(Options options) {
  TRY_ASSIGN(SpillFile file, SpillFile::open(options.folder));
  return std::make_shared<SpillImpl>(std::move(options), std::move(file));
}

}  // namespace entente::local
