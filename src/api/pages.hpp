// Lists that come in pages, as OpenAI's: ?limit, ?after, ?order. And what files and batches share. Pure, but for the
// error that names a setting.
#pragma once

#include <algorithm>
#include <charconv>
#include <format>
#include <string>
#include <vector>

#include "api/api.hpp"
#include "net/http.hpp"

namespace entente::api {

Result<> files_are_kept(const Services& services);

// Leaves the page that is asked for, of a list whose newest come first; whether there is more behind it.
template <class Item>
Result<bool> cut_to_page(const net::Request& request, std::size_t most, std::vector<Item>& items) {
  auto wrong = [](std::string name, std::string_view must) {
    return fail({.code = ErrorCode::invalid_request,
                 .message = std::format("'{}' must be {}.", name, must),
                 .reason = "invalid_value",
                 .param = name});
  };
  std::string limit = request.query_value("limit"), after = request.query_value("after");
  std::string order = request.query_value("order");
  std::size_t wanted = std::min<std::size_t>(most, most > 100 ? most : 20);
  if (!limit.empty()) {
    auto [end, failure] = std::from_chars(limit.data(), limit.data() + limit.size(), wanted);
    if (failure != std::errc() || end != limit.data() + limit.size() || wanted < 1 || wanted > most)
      return wrong("limit", std::format("a number from 1 to {}", most));
  }
  if (!order.empty() && order != "asc" && order != "desc") return wrong("order", "asc or desc");
  if (order == "asc") std::ranges::reverse(items);
  if (!after.empty()) {
    auto at = std::ranges::find(items, after, &Item::id);
    if (at == items.end()) return wrong("after", "the id of one of the list");
    items.erase(items.begin(), at + 1);
  }
  bool more = items.size() > wanted;
  if (more) items.resize(wanted);
  return more;
}

}  // namespace entente::api
