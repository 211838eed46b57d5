// `entente subjects`: whom records are about, erasing and holding what is recorded of them, and backups of their keys.
#include <algorithm>
#include <cstdio>
#include <format>
#include <thread>
#include <tuple>

#include "app/commands/commands.hpp"
#include "app/paths.hpp"
#include "app/terminal/output.hpp"
#include "base/encoding.hpp"
#include "base/offline_box.hpp"
#include "store/durable_file.hpp"
#include "store/store.hpp"
#include "wire/json_writer.hpp"

namespace entente::app {

namespace {

using store::Store;

constexpr std::chrono::seconds server_has{15};  // to carry out what it is asked

struct Opened {
  std::shared_ptr<Store> store;
  bool served = false;  // by another process, which carries out what is asked here
};

// As the server where none runs, so that it can be done at once.
Result<Opened> open_store(const Common& common) {
  TRY_ASSIGN(config::Loaded loaded, config::load_file(common.config_file));
  std::filesystem::path folder = state_dir(loaded.config);
  auto alone = Store::open(folder, Store::Role::server, system_clock());
  if (alone) return Opened{.store = *std::move(alone)};
  if (alone.error().code != ErrorCode::conflict) return fail(std::move(alone.error()));
  TRY_ASSIGN(auto beside, Store::open(folder, Store::Role::tool, system_clock()));
  return Opened{.store = std::move(beside), .served = true};
}

// One subject; more than one row where a backup of its keys was put back after it had come again.
Result<std::vector<store::SubjectRow>> find_subject(Store& store, const SubjectWanted& wanted) {
  TRY_ASSIGN(auto rows, store.subjects());
  auto kind = wanted.key ? Subject::Kind::key : Subject::Kind::person;
  std::erase_if(rows, [&](const store::SubjectRow& row) {
    return row.tenant != wanted.tenant || row.subject.kind != kind ||
           (row.name != wanted.name && row.subject.name != wanted.name);
  });
  if (rows.empty()) {
    return fail(ErrorCode::not_found,
                std::format("Nothing is recorded of the {} '{}' in the tenant '{}'. `entente subjects list` shows of "
                            "whom there is something.",
                            to_string(kind), wanted.name, wanted.tenant));
  }
  if (std::ranges::any_of(rows, [&](const store::SubjectRow& row) { return row.subject != rows[0].subject; })) {
    return fail(ErrorCode::conflict,
                std::format("Several keys of the tenant '{}' are named '{}': name the one you mean "
                            "by its id, from `entente keys list`.",
                            wanted.tenant, wanted.name));
  }
  return rows;
}

Result<store::ErasureState> wait_for(Store& store, std::int64_t id) {
  auto until = std::chrono::steady_clock::now() + server_has;
  while (true) {
    TRY_ASSIGN(auto state, store.erasure_state(id));
    if (state && state->index) return *state;
    if (std::chrono::steady_clock::now() > until) {
      return fail(ErrorCode::timeout,
                  "The erasure is asked for. The server carries it out when the answers that run for this subject have "
                  "ended; should its disk refuse, its log says so and it tries again.");
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
}

int done(const Common& common, const Result<>& result, std::string_view said) {
  if (!result) return report(result.error(), common.json);
  if (common.json) {
    std::printf("{}\n");
  } else {
    std::printf("%.*s\n", static_cast<int>(said.size()), said.data());
  }
  return 0;
}

Result<std::string> key_in(const std::filesystem::path& file) {
  TRY_ASSIGN(auto text, store::read_file(file));
  if (!text) return fail(ErrorCode::not_found, std::format("There is no file {}.", file.string()));
  while (text->ends_with('\n')) text->pop_back();
  auto key = from_base64(*text);
  if (!key) {
    return fail(ErrorCode::invalid_request,
                std::format("{} holds no key as `entente subjects offline-key` writes them.", file.string()));
  }
  return *std::move(key);
}

}  // namespace

int subjects_list(const Common& common) {
  auto subjects = [&]() -> Result<std::vector<store::SubjectRow>> {
    TRY_ASSIGN(config::Loaded loaded, config::load_file(common.config_file));
    TRY_ASSIGN(auto store, Store::open(state_dir(loaded.config), Store::Role::tool, system_clock()));
    return store->subjects();
  }();
  if (!subjects) return report(subjects.error(), common.json);
  std::ranges::sort(*subjects, {},
                    [](const store::SubjectRow& row) { return std::tie(row.tenant, row.subject.kind, row.name); });
  if (common.json) {
    std::string out;
    wire::JsonWriter json(out);
    json.begin_array();
    for (const store::SubjectRow& row : *subjects) {
      json.begin_object().key("tenant").string(row.tenant);
      json.key("kind").string(to_string(row.subject.kind)).key("name").string(row.name);
      json.key("entries").number(row.entries).key("held");
      row.held ? json.string(*row.held) : json.null();
      json.end_object();
    }
    json.end_array();
    std::printf("%s\n", out.c_str());
    return 0;
  }
  std::vector<std::vector<std::string>> rows;
  for (const store::SubjectRow& row : *subjects)
    rows.push_back({row.tenant, std::string(to_string(row.subject.kind)), row.name, std::to_string(row.entries),
                    row.held.value_or("")});
  print_table({"TENANT", "KIND", "NAME", "ENTRIES", "HELD"}, rows);
  return 0;
}

int subjects_erase(const Common& common, const SubjectWanted& wanted) {
  auto erased = [&]() -> Result<std::vector<store::ErasureState>> {
    TRY_ASSIGN(Opened opened, open_store(common));
    TRY_ASSIGN(auto rows, find_subject(*opened.store, wanted));
    // What is held comes first and refuses it: then nothing of the others is wished for either.
    std::ranges::stable_sort(rows, {}, [](const store::SubjectRow& row) { return !row.held; });
    std::vector<std::int64_t> ids;
    for (const store::SubjectRow& row : rows) {
      TRY_ASSIGN(std::int64_t id, opened.store->want_erasure(row, wanted.ground));
      ids.push_back(id);
    }
    if (!opened.served) TRY(opened.store->carry_out_erasures());
    std::vector<store::ErasureState> states;
    for (std::int64_t id : ids) {
      TRY_ASSIGN(store::ErasureState state, wait_for(*opened.store, id));
      states.push_back(state);
    }
    return states;
  }();
  if (!erased) return report(erased.error(), common.json);
  if (common.json) {
    std::string out;
    wire::JsonWriter json(out);
    json.begin_array();
    for (const store::ErasureState& one : *erased)
      json.begin_object().key("entries").number(one.erased).key("index").number(*one.index).end_object();
    json.end_array();
    std::printf("%s\n", out.c_str());
    return 0;
  }
  for (const store::ErasureState& one : *erased) {
    std::printf(
        "What %lld entries of the log commit to is erased, here and in every backup of the store. Entry %lld "
        "says so.\n",
        static_cast<long long>(one.erased), static_cast<long long>(*one.index));
  }
  return 0;
}

int subjects_hold(const Common& common, const SubjectWanted& wanted) {
  Result<> held = [&]() -> Result<> {
    TRY_ASSIGN(Opened opened, open_store(common));
    TRY_ASSIGN(auto rows, find_subject(*opened.store, wanted));
    for (const store::SubjectRow& row : rows) TRY(opened.store->hold(row, wanted.ground));
    return {};
  }();
  return done(common, held, "Held: nothing of it is erased, and none of it grows too old, until it is released.");
}

int subjects_release(const Common& common, const SubjectWanted& wanted) {
  Result<> released = [&]() -> Result<> {
    TRY_ASSIGN(Opened opened, open_store(common));
    TRY_ASSIGN(auto rows, find_subject(*opened.store, wanted));
    // One that came again after its backup was restored has two numbers, and may be held under one of them.
    if (std::ranges::any_of(rows, [](const store::SubjectRow& row) { return row.held.has_value(); }))
      std::erase_if(rows, [](const store::SubjectRow& row) { return !row.held; });
    for (const store::SubjectRow& row : rows) TRY(opened.store->release(row));
    return {};
  }();
  return done(common, released, "Released. What is too old by now goes when the next day begins.");
}

int subjects_offline_key(const Common& common, const std::filesystem::path& file) {
  std::filesystem::path public_file = file.string() + ".pub";
  Result<> made = [&]() -> Result<> {
    for (const std::filesystem::path& one : {file, public_file}) {
      TRY_ASSIGN(auto there, store::read_file(one));
      if (there) {
        return fail(ErrorCode::conflict, std::format("{} exists already. Name another file: what was sealed to a key "
                                                     "that is overwritten is lost.",
                                                     one.string()));
      }
    }
    TRY_ASSIGN(OfflineKeys keys, new_offline_keys());
    TRY(store::replace_file(file, to_base64(as_bytes(keys.private_key)) + "\n", 0600));
    return store::replace_file(public_file, to_base64(as_bytes(keys.public_key)) + "\n", 0644);
  }();
  return done(common, made,
              std::format("Keep {} away from this machine. {} is for `entente subjects backup --to`.", file.string(),
                          public_file.string()));
}

int subjects_backup(const Common& common, const BackupWanted& wanted) {
  Result<> written = [&]() -> Result<> {
    TRY_ASSIGN(std::string key, key_in(wanted.key));
    TRY_ASSIGN(config::Loaded loaded, config::load_file(common.config_file));
    TRY_ASSIGN(auto store, Store::open(state_dir(loaded.config), Store::Role::tool, system_clock()));
    TRY_ASSIGN(std::string backup, store->backup_subjects(key));
    return store::replace_file(wanted.file, backup, 0600);
  }();
  return done(common, written,
              "Written. Whoever was erased is in backups from before: destroy those that are older than you may keep.");
}

int subjects_restore(const Common& common, const BackupWanted& wanted) {
  std::size_t added = 0;
  Result<> restored = [&]() -> Result<> {
    TRY_ASSIGN(std::string key, key_in(wanted.key));
    TRY_ASSIGN(auto backup, store::read_file(wanted.file));
    if (!backup) return fail(ErrorCode::not_found, std::format("There is no file {}.", wanted.file.string()));
    TRY_ASSIGN(Opened opened, open_store(common));
    if (opened.served)
      return fail(ErrorCode::conflict, "A server runs in this state folder. Stop it before keys are put back.");
    TRY_ASSIGN(added, opened.store->restore_subjects(*backup, key));
    return {};
  }();
  return done(common, restored, std::format("{} keys were put back; what was erased since stays erased.", added));
}

}  // namespace entente::app
