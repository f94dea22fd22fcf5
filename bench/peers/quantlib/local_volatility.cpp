// Problem 3, by finite differences. The instrument is solved for each spot; the bare form is solved once for all spots
// if the surface allows it.
#include "candidate.hpp"
#include "market.hpp"

#include <ql/methods/finitedifferences/meshers/fdmblackscholesmesher.hpp>
#include <ql/methods/finitedifferences/meshers/fdmmeshercomposite.hpp>
#include <ql/methods/finitedifferences/solvers/fdmblackscholessolver.hpp>
#include <ql/methods/finitedifferences/stepconditions/fdmstepconditioncomposite.hpp>
#include <ql/methods/finitedifferences/utilities/fdminnervaluecalculator.hpp>
#include <ql/pricingengines/blackformula.hpp>
#include <ql/pricingengines/vanilla/fdblackscholesvanillaengine.hpp>
#include <ql/termstructures/volatility/equityfx/localvoltermstructure.hpp>

#include <cmath>

using namespace QuantLib;

namespace {

constexpr double K = 100, r = 0.03;

class Surface : public LocalVolTermStructure {
  public:
    Surface() : LocalVolTermStructure(market::today(), NullCalendar(), Following, Actual360()) {}
    Date maxDate() const override { return Date::maxDate(); }
    Real minStrike() const override { return 0; }
    Real maxStrike() const override { return QL_MAX_REAL; }
};

class Smooth : public Surface {
    Volatility localVolImpl(Time t, Real s) const override {
        const double m = s / 100;
        return 0.15 + 0.15 * (0.5 + 2 * t) * (m - 1.2) * (m - 1.2) / (m * m + 1.44);
    }
};

// Dupire's local volatility of the implied variance of set II, tied to a quote of the spot.
class Implied : public Surface {
  public:
    explicit Implied(ext::shared_ptr<SimpleQuote> spot) : spot_(std::move(spot)) {}

  private:
    ext::shared_ptr<SimpleQuote> spot_;

    Volatility localVolImpl(Time t, Real s) const override {
        const double x = std::log(s / spot_->value()) - r * t, root = std::sqrt(t), shifted = std::sqrt(t + 0.04);
        const double right = 0.06 * (1 - 0.87 * root), left = 0.31 * (1 - 0.7 * root);
        const double a = 0.01 + 0.03 * shifted, b = (right - left) / 2, c = (right + left) / 2, m = 0.03 + 0.01 * t,
                     q = 0.15 * (0.4 + 0.6 * shifted);
        const double y = x - m, R = std::sqrt(y * y + q * q), w = a + b * y + c * R, wx = b + c * y / R,
                     wxx = c * q * q / (R * R * R);
        const double ta = 0.015 * t / shifted, tr = -0.0261 * root, tl = -0.1085 * root, tb = (tr - tl) / 2,
                     tc = (tr + tl) / 2, tm = 0.01 * t, tq = 0.045 * t / shifted;
        const double twt = ta + tb * y - b * tm + tc * R + c * (q * tq - y * tm) / R;
        const double half = wx / (2 * w), lift = 0.5 * w * t + 1;
        return std::sqrt((w + twt) /
                         ((1 - x * half) * (1 - x * half) - half * half * (lift * lift - 1) + 0.5 * t * wxx));
    }
};

struct Market {
    ext::shared_ptr<SimpleQuote> spot = ext::make_shared<SimpleQuote>(100.0);
    ext::shared_ptr<GeneralizedBlackScholesProcess> process;

    explicit Market(bool smooth) {
        ext::shared_ptr<LocalVolTermStructure> surface;
        if (smooth)
            surface = ext::make_shared<Smooth>();
        else
            surface = ext::make_shared<Implied>(spot);
        // The engine derives its range from a Black volatility; 0.2 is close to both surfaces at the money.
        process = ext::make_shared<GeneralizedBlackScholesProcess>(
            Handle<Quote>(spot), Handle<YieldTermStructure>(market::rate(0)),
            Handle<YieldTermStructure>(market::rate(r)), Handle<BlackVolTermStructure>(market::volatility(0.2)),
            Handle<LocalVolTermStructure>(surface));
    }
};

void addGrid(Candidates& all, bool smooth, Size x, Size t, Size damping, const std::string& name,
             const FdmSchemeDesc& scheme) {
    const std::string problem = smooth ? "3-I" : "3-II";
    const double T = smooth ? 1.0 : 0.5;
    const std::string work = std::to_string(x) + "x" + std::to_string(t) + "+" + std::to_string(damping) + " " + name;
    all.push_back({problem, "instrument", "FdBlackScholesVanillaEngine, local volatility", work,
                   [=]() -> std::function<void(std::vector<double>&)> {
                       auto m = std::make_shared<Market>(smooth);
                       auto option =
                           std::make_shared<VanillaOption>(ext::make_shared<PlainVanillaPayoff>(Option::Call, K),
                                                           ext::make_shared<EuropeanExercise>(market::after(T)));
                       option->setPricingEngine(
                           ext::make_shared<FdBlackScholesVanillaEngine>(m->process, t, x, damping, scheme, true));
                       return [=](std::vector<double>& values) {
                           for (Size i = 0; i < 3; ++i) {
                               m->spot->setValue(market::spots()[i]);
                               values[i] = option->NPV();
                           }
                       };
                   }});
    if (!smooth) return;
    all.push_back({problem, "bare", "FdmBlackScholesSolver, one solve for all spots", work,
                   [=]() -> std::function<void(std::vector<double>&)> {
                       auto m = std::make_shared<Market>(true);
                       auto payoff = ext::make_shared<PlainVanillaPayoff>(Option::Call, K);
                       auto exercise = ext::make_shared<EuropeanExercise>(market::after(T));
                       return [=](std::vector<double>& values) {
                           auto line = ext::make_shared<FdmBlackScholesMesher>(
                               x, m->process, T, K, Null<Real>(), Null<Real>(), 1e-4, 1.5, std::make_pair(K, 0.1));
                           auto mesher = ext::make_shared<FdmMesherComposite>(line);
                           auto calculator = ext::make_shared<FdmLogInnerValue>(payoff, mesher, 0);
                           auto conditions = FdmStepConditionComposite::vanillaComposite(
                               DividendSchedule(), exercise, mesher, calculator, market::today(), Actual360());
                           const FdmSolverDesc desc = {mesher, FdmBoundaryConditionSet(), conditions, calculator, T, t,
                                                       damping};
                           FdmBlackScholesSolver solver(Handle<GeneralizedBlackScholesProcess>(m->process), K, desc,
                                                        scheme, true);
                           for (Size i = 0; i < 3; ++i) values[i] = solver.valueAt(market::spots()[i]);
                       };
                   }});
}

}  // namespace

void addLocalVolatility(Candidates& all) {
    for (Size x : {100, 150, 200, 250, 300, 400, 600})
        for (Size t : {10, 15, 20, 30, 50}) {
            for (Size damping : {0, 1, 2}) {
                addGrid(all, true, x, t, damping, "Crank-Nicolson", FdmSchemeDesc::CrankNicolson());
                addGrid(all, false, x, t, damping, "Crank-Nicolson", FdmSchemeDesc::CrankNicolson());
            }
            addGrid(all, true, x, t, 0, "TR-BDF2", FdmSchemeDesc::TrBDF2());
            addGrid(all, false, x, t, 0, "TR-BDF2", FdmSchemeDesc::TrBDF2());
        }
    all.push_back({"3-II", "bare", "blackFormula at the implied volatility", "-",
                   []() -> std::function<void(std::vector<double>&)> {
                       return [](std::vector<double>& values) {
                           const double T = 0.5, root = std::sqrt(T), shifted = std::sqrt(T + 0.04),
                                        discount = std::exp(-r * T);
                           const double right = 0.06 * (1 - 0.87 * root), left = 0.31 * (1 - 0.7 * root);
                           for (Size i = 0; i < 3; ++i) {
                               const double S = market::spots()[i], y = std::log(K / S) - r * T - 0.03 - 0.01 * T,
                                            q = 0.15 * (0.4 + 0.6 * shifted);
                               const double w = 0.01 + 0.03 * shifted + (right - left) / 2 * y +
                                                (right + left) / 2 * std::sqrt(y * y + q * q);
                               values[i] = blackFormula(Option::Call, K, S / discount, std::sqrt(w * T), discount);
                           }
                       };
                   }});
}
