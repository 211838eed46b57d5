// Fields: reads the members of one JSON object and remembers the first thing that is wrong with them.
//
// Each getter names the member, checks its type and range, and gives its value or nothing (absent and null are the
// same, as in the SDKs). The first mistake becomes an Error whose `param` is the path in the client's own spelling
// ("messages[2].content[0].type") and whose sentence says what came and what was expected. After the last getter,
// nothing_else() reports members nobody asked for, with a suggestion; or pass() takes them along. Pure.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "domain/passed_fields.hpp"
#include "wire/json.hpp"

namespace entente::wire {

class Fields {
 public:
  // `path` is what stands before this object's members in messages: "" for the body, "messages[0]" for a message.
  Fields(const Json& object, std::string path);

  std::optional<std::string> text(std::string_view name);
  std::string required_text(std::string_view name);  // "" when it is missing, which is a mistake
  std::optional<bool> boolean(std::string_view name);
  std::optional<std::int64_t> integer(std::string_view name, std::int64_t least, std::int64_t most);
  std::optional<double> number(std::string_view name, double least, double most);
  const Json::Array* array(std::string_view name);
  const Json* object(std::string_view name);  // an object
  const Json* any(std::string_view name);     // whatever it is; nullptr when absent or null

  // Reads an object, or each object of an array, through Fields of its own: read(Fields&) asks for every member it may
  // have; what is wrong in there is wrong here. False when the member is absent or null.
  template <class Read>
  bool inside(std::string_view name, Read read) {
    const Json* member = object(name);
    if (!member) return false;
    read_one(*member, path_of(name), read);
    return true;
  }
  template <class Read>
  bool each(std::string_view name, Read read) {
    const Json::Array* list = array(name);
    if (!list) return false;
    for (std::size_t i = 0; i < list->size() && ok(); ++i) {
      read_one((*list)[i], path_of(name) + "[" + std::to_string(i) + "]", read);
    }
    return true;
  }

  // Accepts the member with any value and does nothing with it: it changes nothing here.
  void accept(std::span<const std::string_view> names);

  // Rejects the members of these names: what they ask for is not done here. An empty list, false and 0 ask for nothing.
  void refuse(std::span<const std::string_view> names, std::string_view hint = "Leave it out.");
  void refuse(std::string_view name, std::string_view hint) { refuse(std::span(&name, 1), hint); }

  // Every member must have been asked for by now.
  void nothing_else();

  // The last call instead of nothing_else(), where whoever reads this dialect may be sent what means nothing here:
  // those of its members in the table (field_classes.hpp) that nobody asked for, and those that no table knows; null:
  // there are none. One that looks like a known member is a misspelled one, and a mistake, and so is one that the table
  // has as refused. Those, and `quiet` ones of the table, ask for nothing as an empty list, false or 0.
  std::shared_ptr<const PassedFields> pass(std::string_view dialect, std::span<const std::string_view> quiet = {});

  // Gets the names of all members of bodies that this thread's codecs ask for, until it is called with null: for tests.
  static void overhear(std::vector<std::string>* names);

  bool ok() const { return !error_; }
  // The first mistake; call only when !ok().
  Error error() const { return *error_; }

  void reject(std::string_view name, std::string message, std::string reason = "invalid_value");
  void missing(std::string_view name);
  void reject(Error error);  // found by the Fields of a member
  std::string path_of(std::string_view name) const;

 private:
  template <class Read>
  void read_one(const Json& object, std::string path, Read& read) {
    Fields inner(object, std::move(path));
    read(inner);
    inner.nothing_else();
    if (!inner.ok()) reject(inner.error());
  }

  const Json* take(std::string_view name);
  std::string near_to(std::string_view name) const;
  Error unknown(std::string_view name, std::string_view near) const;
  Error not_supported(std::string_view name, std::string_view hint) const;
  void wrong_type(std::string_view name, const Json& got, std::string_view expected);

  const Json& object_;
  std::string path_;
  std::vector<std::string_view> asked_;
  std::optional<Error> error_;
};

}  // namespace entente::wire
