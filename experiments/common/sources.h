/* sources.h: which sources the results come from. */
#ifndef RN_COMMON_SOURCES_H
#define RN_COMMON_SOURCES_H

/** A fingerprint of every source file that training, detection and evaluation depend on, comments
 * left out; made by the Makefile. Runs of other sources are other runs. */
extern const char sources_version[];

#endif
