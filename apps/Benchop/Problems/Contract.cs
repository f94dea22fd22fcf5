namespace Headrace.Apps.Benchop.Problems;

/// <summary>The payoff, and the maturity in years.</summary>
internal abstract record Contract(double Maturity);

/// <summary>max(S - K, 0) at maturity.</summary>
internal sealed record EuropeanCall(double Strike, double Maturity) : Contract(Maturity);

/// <summary>max(K - S, 0) at any time up to maturity, including today.</summary>
internal sealed record AmericanPut(double Strike, double Maturity) : Contract(Maturity);

/// <summary>max(S - K, 0) at any time up to maturity, including today.</summary>
internal sealed record AmericanCall(double Strike, double Maturity) : Contract(Maturity);

/// <summary>
/// max(S - K, 0) at maturity unless S touched the barrier before maturity (continuous monitoring, no rebate).
/// </summary>
internal sealed record UpAndOutCall(double Strike, double Barrier, double Maturity) : Contract(Maturity);

/// <summary>max(S1 - S2, 0) at maturity.</summary>
internal sealed record SpreadCall(double Maturity) : Contract(Maturity);
