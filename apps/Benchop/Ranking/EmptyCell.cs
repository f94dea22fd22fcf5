namespace Headrace.Apps.Benchop.Ranking;

/// <summary>A cell that is not ranked, with the reason.</summary>
internal sealed record EmptyCell(string Problem, string Method, string Reason);
