#include "net/forwarded.hpp"

#include <algorithm>
#include <charconv>
#include <format>
#include <optional>
#include <ranges>

#include <boost/asio/ip/address.hpp>

#include "base/ascii.hpp"

namespace entente::net {

namespace {

// The address's bytes; IPv4 inside IPv6 (::ffff:1.2.3.4) is IPv4.
std::optional<std::vector<unsigned char>> bytes_of(std::string_view text) {
  if (text.starts_with('[')) text = text.substr(1, text.find(']') - 1);
  boost::system::error_code bad;
  auto address = boost::asio::ip::make_address(std::string(text), bad);
  if (bad) return std::nullopt;
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    address = boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, address.to_v6());
  }
  if (address.is_v4()) {
    auto bytes = address.to_v4().to_bytes();
    return std::vector<unsigned char>(bytes.begin(), bytes.end());
  }
  auto bytes = address.to_v6().to_bytes();
  return std::vector<unsigned char>(bytes.begin(), bytes.end());
}

// All values of a header that may come several times, as one list.
std::vector<std::string_view> list_of(const Headers& headers, std::string_view name) {
  std::vector<std::string_view> out;
  for (const auto& [field, value] : headers) {
    if (!equal_without_case(field, name)) continue;
    std::string_view rest = value;
    while (true) {
      auto comma = rest.find(',');
      out.push_back(trim(rest.substr(0, comma)));
      if (comma == std::string_view::npos) break;
      rest.remove_prefix(comma + 1);
    }
  }
  return out;
}

}  // namespace

Result<TrustedProxies> TrustedProxies::parse(std::span<const std::string> entries) {
  TrustedProxies out;
  for (const std::string& entry : entries) {
    if (entry == "unix") {
      out.unix_ = true;
      continue;
    }
    auto slash = entry.find('/');
    auto bytes = bytes_of(std::string_view(entry).substr(0, slash));
    unsigned bits = bytes ? static_cast<unsigned>(bytes->size() * 8) : 0;
    bool good = bytes.has_value();
    if (good && slash != std::string::npos) {
      unsigned given = 0;
      auto [end, failure] = std::from_chars(entry.data() + slash + 1, entry.data() + entry.size(), given);
      good = failure == std::errc() && end == entry.data() + entry.size() && given <= bits;
      bits = given;
    }
    if (!good) {
      return fail(
          ErrorCode::invalid_request,
          std::format("'{}' is no address or block of addresses. Write 10.0.0.7, 10.1.0.0/16, fd00::/8 or unix.",
                      entry));
    }
    out.blocks_.push_back({std::move(*bytes), bits});
  }
  return out;
}

bool TrustedProxies::contains(std::string_view address) const {
  auto bytes = bytes_of(address);
  if (!bytes) return false;
  return std::ranges::any_of(blocks_, [&](const Block& block) {
    if (block.bytes.size() != bytes->size()) return false;
    for (unsigned bit = 0; bit < block.bits; ++bit) {
      unsigned mask = 0x80U >> (bit % 8);
      if ((block.bytes[bit / 8] & mask) != ((*bytes)[bit / 8] & mask)) return false;
    }
    return true;
  });
}

void apply_forwarding(Request& request, const TrustedProxies& trusted) {
  bool peer_is_trusted = request.local_socket ? trusted.trusts_unix() : trusted.contains(request.client);
  if (!peer_is_trusted) return;
  if (auto protocols = list_of(request.headers, "x-forwarded-proto"); !protocols.empty())
    request.secure = protocols.back() == "https";
  auto chain = list_of(request.headers, "x-forwarded-for");
  for (std::string_view hop : std::views::reverse(chain)) {
    if (!bytes_of(hop)) return;  // somebody wrote nonsense: believe nothing left of it
    request.client = std::string(hop);
    request.local_socket = false;
    if (!trusted.contains(hop)) return;
  }
}

}  // namespace entente::net
