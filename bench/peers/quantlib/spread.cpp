// Problem 6.
#include "candidate.hpp"
#include "market.hpp"

#include <ql/experimental/exoticoptions/analyticeuropeanmargrabeengine.hpp>
#include <ql/instruments/basketoption.hpp>
#include <ql/experimental/exoticoptions/margrabeoption.hpp>
#include <ql/pricingengines/basket/fd2dblackscholesvanillaengine.hpp>
#include <ql/pricingengines/blackformula.hpp>

#include <cmath>

using namespace QuantLib;

namespace {

constexpr double T = 1, r = 0.03, sigma = 0.15, rho = 0.5;
const std::vector<std::pair<double, double>> points = {{100, 90}, {100, 100}, {100, 110}, {90, 100}, {110, 100}};

}  // namespace

void addSpread(Candidates& all) {
    all.push_back(
        {"6", "instrument", "AnalyticEuropeanMargrabeEngine", "-", []() -> std::function<void(std::vector<double>&)> {
             auto one = std::make_shared<market::BlackScholes>(r, sigma),
                  two = std::make_shared<market::BlackScholes>(r, sigma);
             auto option = std::make_shared<MargrabeOption>(1, 1, ext::make_shared<EuropeanExercise>(market::after(T)));
             option->setPricingEngine(
                 ext::make_shared<AnalyticEuropeanMargrabeEngine>(one->process, two->process, rho));
             return [=](std::vector<double>& values) {
                 for (Size i = 0; i < points.size(); ++i) {
                     one->spot->setValue(points[i].first);
                     two->spot->setValue(points[i].second);
                     values[i] = option->NPV();
                 }
             };
         }});
    all.push_back({"6", "bare", "blackFormula of the ratio", "-", []() -> std::function<void(std::vector<double>&)> {
                       return [](std::vector<double>& values) {
                           const double deviation = std::sqrt((2 - 2 * rho) * sigma * sigma * T);
                           for (Size i = 0; i < points.size(); ++i)
                               values[i] =
                                   blackFormula(Option::Call, points[i].second, points[i].first, deviation, 1.0);
                       };
                   }});
    for (auto [x, t] : std::vector<std::pair<Size, Size>>{{100, 20}, {200, 30}, {400, 20}})
        all.push_back({"6", "instrument", "Fd2dBlackScholesVanillaEngine",
                       std::to_string(x) + "x" + std::to_string(x) + "x" + std::to_string(t),
                       [x = x, t = t]() -> std::function<void(std::vector<double>&)> {
                           auto one = std::make_shared<market::BlackScholes>(r, sigma),
                                two = std::make_shared<market::BlackScholes>(r, sigma);
                           auto payoff = ext::make_shared<SpreadBasketPayoff>(
                               ext::make_shared<PlainVanillaPayoff>(Option::Call, 0.0));
                           auto option = std::make_shared<BasketOption>(
                               payoff, ext::make_shared<EuropeanExercise>(market::after(T)));
                           option->setPricingEngine(ext::make_shared<Fd2dBlackScholesVanillaEngine>(
                               one->process, two->process, rho, x, x, t, 1));
                           return [=](std::vector<double>& values) {
                               for (Size i = 0; i < points.size(); ++i) {
                                   one->spot->setValue(points[i].first);
                                   two->spot->setValue(points[i].second);
                                   values[i] = option->NPV();
                               }
                           };
                       }});
}
