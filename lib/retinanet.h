/* retinanet.h: everything a program needs. Nothing inside lib/ includes it. */
#ifndef RN_RETINANET_H
#define RN_RETINANET_H

#include "base/arena.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "base/json.h"
#include "base/option.h"
#include "base/parallel.h"
#include "base/progress.h"
#include "base/real.h"
#include "base/rng.h"
#include "base/text.h"
#include "base/vec.h"

#endif
