namespace Headrace.Apps.Benchop.Problems;

/// <summary>The quantity to compute at each evaluation point.</summary>
internal enum Quantity
{
    Price,

    /// <summary>dU/dS.</summary>
    Delta,

    /// <summary>d2U/dS2.</summary>
    Gamma,

    /// <summary>dU/dsigma, per unit of volatility (not per percentage point).</summary>
    Vega,
}
