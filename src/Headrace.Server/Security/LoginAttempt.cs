namespace Headrace.Server.Security;

/// <summary>An attempt to log in, which counts as a failure until it is withdrawn.</summary>
/// <param name="User">The user name.</param>
/// <param name="Address">The address of the caller.</param>
/// <param name="Failures">Number of consecutive failures for the user name, including this attempt.</param>
/// <param name="At">When the attempt began, as a timestamp of the time provider.</param>
/// <param name="LastFailureBefore">
/// When the previous failed attempt from the address began; 0 if there was none.
/// </param>
internal readonly record struct LoginAttempt(
    string User,
    string Address,
    int Failures,
    long At,
    long LastFailureBefore
);
