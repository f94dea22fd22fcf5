// A flat market whose spot is a quote, for all instruments. A 360-day count represents the times exactly.
#pragma once

#include <ql/exercise.hpp>
#include <ql/instruments/vanillaoption.hpp>
#include <ql/processes/blackscholesprocess.hpp>
#include <ql/quotes/simplequote.hpp>
#include <ql/settings.hpp>
#include <ql/termstructures/volatility/equityfx/blackconstantvol.hpp>
#include <ql/termstructures/yield/flatforward.hpp>
#include <ql/time/calendars/nullcalendar.hpp>
#include <ql/time/daycounters/actual360.hpp>

#include <vector>

namespace market {

using namespace QuantLib;

inline Date today() { return Date(2, January, 2026); }

inline Date after(double years) { return today() + static_cast<Integer>(years * 360 + 0.5); }

inline ext::shared_ptr<YieldTermStructure> rate(double r) {
    return ext::make_shared<FlatForward>(today(), r, Actual360());
}

inline ext::shared_ptr<BlackVolTermStructure> volatility(double sigma) {
    return ext::make_shared<BlackConstantVol>(today(), NullCalendar(), sigma, Actual360());
}

struct BlackScholes {
    ext::shared_ptr<SimpleQuote> spot;
    ext::shared_ptr<GeneralizedBlackScholesProcess> process;

    BlackScholes(double r, double sigma) : spot(ext::make_shared<SimpleQuote>(100.0)) {
        process = ext::make_shared<BlackScholesMertonProcess>(Handle<Quote>(spot), Handle<YieldTermStructure>(rate(0)),
                                                              Handle<YieldTermStructure>(rate(r)),
                                                              Handle<BlackVolTermStructure>(volatility(sigma)));
    }
};

// The two parameter sets of problem 1.
struct Set {
    const char* name;
    double sigma, r, T;
    std::vector<double> spots;
};

inline const std::vector<Set>& sets() {
    static const std::vector<Set> both = {{"I", 0.15, 0.03, 1.0, {90, 100, 110}},
                                          {"II", 0.01, 0.10, 0.25, {97, 98, 99}}};
    return both;
}

inline const std::vector<double>& spots() {
    static const std::vector<double> three = {90, 100, 110};
    return three;
}

}  // namespace market
