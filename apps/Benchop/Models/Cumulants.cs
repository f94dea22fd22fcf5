namespace Headrace.Apps.Benchop.Models;

/// <summary>Mean, variance and fourth cumulant of a log-return.</summary>
internal readonly record struct Cumulants(double Mean, double Variance, double Fourth);
