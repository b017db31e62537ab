// Calendar time in UTC: conversions between seconds since 1970 and dates of the Gregorian calendar.
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

namespace {

constexpr long kSecondsPerDay = 86400;

long floor_div(long a, long b) { return a / b - (a % b < 0 ? 1 : 0); }
bool is_leap(long year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

// Days from 1970-01-01 to the date. Years are counted from March, so that the leap day is the last day of its year.
long days_from_date(long year, long month, long day) {  // month 0..11
  if (month < 2) year--;
  const long era = floor_div(year, 400);
  const long year_of_era = year - era * 400;
  const long day_of_year = (153 * ((month + 10) % 12) + 2) / 5 + day - 1;
  const long day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + day_of_era - 719468;
}

const char* const kDays[] = {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};
const char* const kMonths[] = {"January", "February", "March",     "April",   "May",      "June",
                               "July",    "August",   "September", "October", "November", "December"};

// ISO 8601's week number; its year goes to *year.
int iso_week(const tm* t, long* year) {
  *year = t->tm_year + 1900L;
  const int weekday = (t->tm_wday + 6) % 7;  // Monday 0
  const int week = (t->tm_yday - weekday + 10) / 7;
  if (week < 1) {
    (*year)--;
    const int last_day = t->tm_yday + (is_leap(*year) ? 366 : 365);
    return (last_day - weekday + 10) / 7;
  }
  if (week == 53) {
    const int days = is_leap(*year) ? 366 : 365;
    if (days - t->tm_yday - 1 < 3 - weekday) {
      (*year)++;
      return 1;
    }
  }
  return week;
}

// Appends to a buffer as far as it reaches.
class Out {
 public:
  Out(char* s, size_t size) : s_(s), size_(size) {}
  void text(const char* t) {
    for (; *t != '\0'; t++) {
      if (used_ + 1 < size_) s_[used_] = *t;
      used_++;
    }
  }
  void text(const char* t, size_t n) {
    char copy[16] = {};
    memcpy(copy, t, n < sizeof(copy) - 1 ? n : sizeof(copy) - 1);
    text(copy);
  }
  void number(long v, const char* format) {
    char digits[32];
    snprintf(digits, sizeof(digits), format, v);
    text(digits);
  }
  size_t finish() {
    if (used_ + 1 > size_) return 0;  // C: too long, contents unspecified
    s_[used_] = '\0';
    return used_;
  }

 private:
  char* s_;
  size_t size_;
  size_t used_ = 0;
};

void put_formatted(Out& out, const char* format, const tm* t);

void put_conversion(Out& out, char c, const tm* t) {
  long year;
  const int hour12 = t->tm_hour % 12 == 0 ? 12 : t->tm_hour % 12;
  const char* day = t->tm_wday >= 0 && t->tm_wday < 7 ? kDays[t->tm_wday] : "?";
  const char* month = t->tm_mon >= 0 && t->tm_mon < 12 ? kMonths[t->tm_mon] : "?";
  switch (c) {
    case 'a':
      return out.text(day, 3);
    case 'A':
      return out.text(day);
    case 'b':
    case 'h':
      return out.text(month, 3);
    case 'B':
      return out.text(month);
    case 'c':
      return put_formatted(out, "%a %b %e %H:%M:%S %Y", t);
    case 'C':
      return out.number(floor_div(t->tm_year + 1900L, 100), "%02ld");
    case 'd':
      return out.number(t->tm_mday, "%02ld");
    case 'D':
    case 'x':
      return put_formatted(out, "%m/%d/%y", t);
    case 'e':
      return out.number(t->tm_mday, "%2ld");
    case 'F':
      return put_formatted(out, "%Y-%m-%d", t);
    case 'g':
      iso_week(t, &year);
      return out.number(year % 100, "%02ld");
    case 'G':
      iso_week(t, &year);
      return out.number(year, "%ld");
    case 'H':
      return out.number(t->tm_hour, "%02ld");
    case 'I':
      return out.number(hour12, "%02ld");
    case 'j':
      return out.number(t->tm_yday + 1, "%03ld");
    case 'k':
      return out.number(t->tm_hour, "%2ld");
    case 'l':
      return out.number(hour12, "%2ld");
    case 'm':
      return out.number(t->tm_mon + 1, "%02ld");
    case 'M':
      return out.number(t->tm_min, "%02ld");
    case 'n':
      return out.text("\n");
    case 'p':
      return out.text(t->tm_hour < 12 ? "AM" : "PM");
    case 'P':
      return out.text(t->tm_hour < 12 ? "am" : "pm");
    case 'r':
      return put_formatted(out, "%I:%M:%S %p", t);
    case 'R':
      return put_formatted(out, "%H:%M", t);
    case 's': {
      tm copy = *t;
      return out.number(timegm(&copy), "%ld");
    }
    case 'S':
      return out.number(t->tm_sec, "%02ld");
    case 't':
      return out.text("\t");
    case 'T':
    case 'X':
      return put_formatted(out, "%H:%M:%S", t);
    case 'u':
      return out.number(t->tm_wday == 0 ? 7 : t->tm_wday, "%ld");
    case 'U':
      return out.number((t->tm_yday + 7 - t->tm_wday) / 7, "%02ld");
    case 'V':
      return out.number(iso_week(t, &year), "%02ld");
    case 'w':
      return out.number(t->tm_wday, "%ld");
    case 'W':
      return out.number((t->tm_yday + 7 - (t->tm_wday + 6) % 7) / 7, "%02ld");
    case 'y':
      return out.number(((t->tm_year + 1900L) % 100 + 100) % 100, "%02ld");
    case 'Y':
      return out.number(t->tm_year + 1900L, "%ld");
    case 'z':
      return out.text("+0000");
    case 'Z':
      return out.text("UTC");
    case '%':
      return out.text("%");
    default: {
      const char unknown[] = {'%', c, '\0'};
      return out.text(unknown);
    }
  }
}

void put_formatted(Out& out, const char* format, const tm* t) {
  for (; *format != '\0'; format++) {
    if (*format != '%' || format[1] == '\0') {
      out.text(format, 1);
      continue;
    }
    format++;
    if ((*format == 'E' || *format == 'O') && format[1] != '\0') format++;  // alternatives the C locale does not have
    put_conversion(out, *format, t);
  }
}

}  // namespace

extern "C" {

tm* gmtime_r(const time_t* __restrict time, tm* __restrict out) {
  const long days = floor_div(*time, kSecondsPerDay);
  const long rest = *time - days * kSecondsPerDay;
  const long shifted = days + 719468;  // days since 0000-03-01
  const long era = floor_div(shifted, 146097);
  const long day_of_era = shifted - era * 146097;
  const long year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const long day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const long month_from_march = (5 * day_of_year + 2) / 153;
  const long month = (month_from_march + 2) % 12;
  const long year = year_of_era + era * 400 + (month < 2 ? 1 : 0);
  if (year - 1900 > INT_MAX || year - 1900 < INT_MIN) {
    errno = EOVERFLOW;
    return nullptr;
  }
  *out = {};
  out->tm_sec = static_cast<int>(rest % 60);
  out->tm_min = static_cast<int>(rest / 60 % 60);
  out->tm_hour = static_cast<int>(rest / 3600);
  out->tm_mday = static_cast<int>(day_of_year - (153 * month_from_march + 2) / 5 + 1);
  out->tm_mon = static_cast<int>(month);
  out->tm_year = static_cast<int>(year - 1900);
  out->tm_wday = static_cast<int>(((days + 4) % 7 + 7) % 7);  // 1970-01-01 was a Thursday
  out->tm_yday = static_cast<int>(days - days_from_date(year, 0, 1));
  out->tm_zone = "UTC";
  return out;
}
tm* localtime_r(const time_t* __restrict time, tm* __restrict out) { return gmtime_r(time, out); }
tm* gmtime(const time_t* time) {
  static tm shared;
  return gmtime_r(time, &shared);
}
tm* localtime(const time_t* time) { return gmtime(time); }

time_t timegm(tm* t) {
  const long month = t->tm_mon % 12 + (t->tm_mon % 12 < 0 ? 12 : 0);
  const long year = t->tm_year + 1900L + floor_div(t->tm_mon, 12);
  const time_t time = (days_from_date(year, month, 1) + t->tm_mday - 1L) * kSecondsPerDay + t->tm_hour * 3600L +
                      t->tm_min * 60L + t->tm_sec;
  gmtime_r(&time, t);  // brings the fields into their ranges
  return time;
}
time_t mktime(tm* t) { return timegm(t); }

size_t strftime(char* __restrict s, size_t size, const char* __restrict format, const tm* __restrict t) {
  Out out(s, size);
  put_formatted(out, format, t);
  return out.finish();
}

char* asctime_r(const tm* __restrict t, char* __restrict buffer) {
  return strftime(buffer, 26, "%a %b %e %H:%M:%S %Y\n", t) > 0 ? buffer : nullptr;
}
char* asctime(const tm* t) {
  static char buffer[26];
  return asctime_r(t, buffer);
}
char* ctime_r(const time_t* time, char* buffer) {
  tm t;
  return gmtime_r(time, &t) != nullptr ? asctime_r(&t, buffer) : nullptr;
}
char* ctime(const time_t* time) { return asctime(gmtime(time)); }
void tzset() {}
}
