namespace Headrace.Apps.Benchop.Ranking;

/// <summary>A cell that is not ranked, and why.</summary>
internal sealed record EmptyCell(string Problem, string Method, string Reason);
