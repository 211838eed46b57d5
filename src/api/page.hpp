// The page: the files of web/ as they lie in the binary, and the answer to a request for one of them.
//
// web/scripts/pack.mjs writes page_files() with the bytes of every file, compressed once at build time; serving one
// compresses nothing. A file whose name holds its hash never changes and is kept by browsers for a year; the others are
// asked for again each time and cost a 304. The policy that goes with them lets the page load from and speak to this
// server only. Pure functions of the request, any thread.
#pragma once

#include <span>
#include <string_view>

#include "net/http.hpp"

namespace entente::api {

struct PageFile {
  using Bytes = std::span<const unsigned char>;
  std::string_view path;  // "index.html", "assets/index-2xt0Fp4q.js"
  std::string_view type;  // media type
  std::string_view hash;  // of the plain bytes, in hexadecimal
  bool hashed_name;       // the name changes with the bytes
  Bytes plain;
  Bytes gzip;    // empty where compressing gains nothing
  Bytes brotli;  // so
};

std::span<const PageFile> page_files();

// The file at a path without its leading slash; "" is index.html. Null when there is none.
const PageFile* find_page_file(std::span<const PageFile> files, std::string_view path);

enum class Coding { identity, gzip, brotli };

// The smallest of what the file has and the client takes, by its Accept-Encoding (RFC 9110, section 12.5.3).
Coding choose_coding(std::string_view accept_encoding, const PageFile& file);

// To the folder that the page lies in: its addresses are relative, and without the slash they would miss it.
net::Response to_folder(const net::Request& request);

net::Response page_response(const PageFile& file, const net::Request& request);

}  // namespace entente::api
