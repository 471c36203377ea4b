/* export.h - which symbols of the library are public. */
#ifndef CLMLP_EXPORT_H
#define CLMLP_EXPORT_H

#if defined(_WIN32) && !defined(CLMLP_STATIC)
#  ifdef CLMLP_BUILDING
#    define CLMLP_API __declspec(dllexport)
#  else
#    define CLMLP_API __declspec(dllimport)
#  endif
#elif defined(__GNUC__)
#  define CLMLP_API __attribute__((visibility("default")))
#else
#  define CLMLP_API
#endif

#endif
