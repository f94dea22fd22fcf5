using Headrace.Server.Http;
using Microsoft.AspNetCore.Identity;

namespace Headrace.Server.Security;

/// <summary>
/// Hashes and verifies passwords with the password hasher of ASP.NET Core Identity (PBKDF2 with a salt). A hash takes
/// about 50 ms of CPU time.
/// </summary>
internal sealed class Passwords : IDisposable
{
    public const int MinLength = 10;

    /// <summary>Maximum length of a password. Longer text is not hashed, because that would waste time.</summary>
    public const int MaxLength = 200;

    /// <summary>
    /// Allows only one new password to be hashed at a time, so that hashing takes little CPU time away from jobs.
    /// Logins have a separate queue (<see cref="LoginQueue"/>), so that an admin who sets a password does not wait for
    /// them.
    /// </summary>
    private readonly SemaphoreSlim _turn = new(1);

    private readonly PasswordHasher<string> _hasher = new();

    private readonly Lazy<string> _unknown;

    public Passwords() => _unknown = new Lazy<string>(() => _hasher.HashPassword("", SecretText.Create()));

    /// <summary>Returns the problem with a new password; null if it may be used.</summary>
    public static Problem? Check(string? password)
    {
        if (string.IsNullOrEmpty(password))
            return Problem.BadRequest("The member 'password' is missing.");
        return password.Length is < MinLength or > MaxLength
            ? Problem.BadRequest(
                $"The password has {password.Length} characters. Use {MinLength} to {MaxLength} characters."
            )
            : null;
    }

    public async Task<string> HashAsync(string password, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            return await Task.Run(() => _hasher.HashPassword("", password), cancellationToken);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>
    /// Returns whether the password has this hash. If the hash is null because the user does not exist, the check takes
    /// as long as the check of a wrong password, so that its duration does not reveal which users exist.
    /// </summary>
    public bool Verify(string? hash, string password) =>
        password.Length <= MaxLength
        && _hasher.VerifyHashedPassword("", hash ?? _unknown.Value, password) != PasswordVerificationResult.Failed
        && hash is not null;

    public void Dispose() => _turn.Dispose();
}
